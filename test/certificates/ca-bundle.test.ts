import { readConfiguration } from '../../src/certificates/ca-bundle.ts';
import { delayMsOf } from '../../src/certificates/ca-bundle-keeper.ts';

const ref = { kind: 'ValidatingWebhookConfiguration', name: 'seawall-pods' } as const;
const ours = { namespace: 'seawall', name: 'seawall' };
const webhook = (failurePolicy: unknown, service: object = ours): object => ({
  name: 'a',
  failurePolicy,
  clientConfig: { service },
});

test.each<[string, object[], boolean]>([
  ['none', [], false],
  ['one that fails', [webhook('Fail')], true],
  ['one that is done without', [webhook('Ignore')], false],
  ['one whose policy is left out, which fails', [webhook(undefined)], true],
  ['one of each', [webhook('Ignore'), webhook('Fail')], true],
  ["somebody else's that fails", [webhook('Ignore'), webhook('Fail', { namespace: 'x', name: 'y' })], false],
])('whether a configuration fails closed by its webhooks: %s', (_name, webhooks, failsClosed) => {
  expect(readConfiguration({ webhooks }, ref, ours).failsClosed).toBe(failsClosed);
});

test('a caBundle that fails closed is written again within 30 s, but not for ever', () => {
  const seconds = (attempts: number): number[] =>
    [true, false].map((failsClosed) => delayMsOf(attempts, failsClosed) / 1_000);
  expect([1, 2, 5, 6, 9, 10, 60, 61].map(seconds)).toEqual([
    [1, 1],
    [2, 2],
    [16, 16],
    [30, 32],
    [30, 256],
    [30, 300],
    [30, 300],
    [300, 300],
  ]);
});
