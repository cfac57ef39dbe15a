import type {
  Authority,
  BundleView,
  Leaf,
  OldAuthority,
  RotationInput,
  Step,
  Trust,
} from '../../src/certificates/rotation.ts';
import { nextStep } from '../../src/certificates/rotation.ts';
import { rotationTimes as times } from '../../src/certificates/rotation-times.ts';
import { servingProblems, shouldTake } from '../../src/certificates/served-leaf.ts';

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 10, 24);

/** An authority that is so many days old. */
function authority(fingerprint: string, ageDays: number): Authority {
  const notBeforeMs = nowMs - ageDays * dayMs;
  return { fingerprint, notBeforeMs, notAfterMs: notBeforeMs + 365 * dayMs };
}

/** A certificate that is so many days old. */
function leaf(issuer: Authority, ageDays: number): Leaf {
  const notBeforeMs = nowMs - ageDays * dayMs;
  const notAfterMs = Math.min(notBeforeMs + 90 * dayMs, issuer.notAfterMs);
  return { fingerprint: `leaf of ${issuer.fingerprint}`, issuer: issuer.fingerprint, notBeforeMs, notAfterMs };
}

function bundle(configuration: string, authorities: readonly Authority[], sinceMs = 0): BundleView {
  return { configuration, authorities, sinceMs, failsClosed: true };
}

/** Of a configuration whose webhooks are done without where they cannot be called. */
function advisory(configuration: string, authorities: readonly Authority[]): BundleView {
  return { ...bundle(configuration, authorities), failsClosed: false };
}

const a = authority('A', 10);
const late = authority('A', 310);
const ended = authority('A', 366);
const b = authority('B', 0);
const c = authority('C', 0);
const settled: Trust = { authority: a, leaf: leaf(a, 10), next: undefined, old: [], rotateRequested: false };
const leaving = (each: Authority, inMs: number): OldAuthority => ({ ...each, leavesMs: nowMs + inMs });
const ofA = { leaf: leaf(a, 10), authority: a };
const inStep = [bundle('pods', [a]), bundle('repair', [a])];
const waits = (reason: string, configurations: readonly string[], untilMs?: number) => ({
  kind: 'wait',
  reason,
  configurations,
  untilMs,
});

test.each<[string, Partial<RotationInput>, unknown]>([
  ['no Secret, no caBundle', { trust: undefined, bundles: [], served: undefined }, { kind: 'create', keep: [] }],
  ['no Secret: what is trusted stays so', { trust: undefined, served: undefined }, { kind: 'create', keep: [a] }],
  ['no Secret, but memory', { trust: undefined, remembered: settled }, { kind: 'put-back', keep: [] }],
  [
    'memory that knows less than the caBundles',
    { trust: undefined, remembered: settled, bundles: [bundle('pods', [a, b])] },
    { kind: 'put-back', keep: [b] },
  ],
  [
    'memory that has ended',
    { trust: undefined, remembered: { ...settled, authority: ended }, bundles: [] },
    { kind: 'create', keep: [a] },
  ],
  ['nothing to do until the certificate is due', {}, { kind: 'nothing', untilMs: nowMs + 50 * dayMs }],
  ['no certificate', { trust: { ...settled, leaf: undefined } }, { kind: 'issue-leaf' }],
  ['the certificate is due', { trust: { ...settled, leaf: leaf(a, 60) } }, { kind: 'issue-leaf' }],
  ['the certificate has ended', { trust: { ...settled, leaf: leaf(a, 91) } }, { kind: 'issue-leaf' }],
  [
    'the certificate begins later: the clock is behind',
    { trust: { ...settled, leaf: leaf(a, -2) } },
    waits('clock-behind', [], nowMs + 2 * dayMs),
  ],
  [
    'the authority begins later: the clock is behind',
    { trust: { ...settled, authority: authority('A', -3), leaf: undefined } },
    waits('clock-behind', [], nowMs + 3 * dayMs),
  ],
  ['the authority is due', { trust: { ...settled, authority: late, leaf: leaf(late, 10) } }, { kind: 'publish-next' }],
  [
    'the authority has ended',
    { trust: { ...settled, authority: ended, leaf: leaf(ended, 30) }, bundles: [], served: undefined },
    { kind: 'create', keep: [] },
  ],
  [
    'the authority has ended while the next one waits',
    { trust: { ...settled, authority: ended, next: b }, served: undefined },
    { kind: 'switch-to-next' },
  ],
  ['a rotation was asked for', { trust: { ...settled, rotateRequested: true } }, { kind: 'publish-next' }],
  [
    'the next authority is not in every caBundle',
    { trust: { ...settled, next: b }, bundles: [bundle('pods', [a, b]), bundle('repair', [a])] },
    waits('not-published', ['repair']),
  ],
  [
    'the next authority was just seen in the last caBundle',
    { trust: { ...settled, next: b }, bundles: [bundle('pods', [a, b]), bundle('repair', [a, b], nowMs - 20_000)] },
    waits('settling', ['repair'], nowMs + 40_000),
  ],
  [
    'the next authority is in every caBundle',
    { trust: { ...settled, next: b }, bundles: [bundle('pods', [a, b]), bundle('repair', [b, a])] },
    { kind: 'switch-to-next' },
  ],
  ['there is no configuration', { trust: { ...settled, next: b }, bundles: [] }, { kind: 'switch-to-next' }],
  [
    'the next authority has waited so long that it is due itself',
    { trust: { ...settled, next: authority('B', 310) } },
    { kind: 'publish-next' },
  ],
  [
    'a due certificate does not wait for the next authority',
    { trust: { ...settled, next: b, leaf: leaf(a, 70) } },
    { kind: 'issue-leaf' },
  ],
  [
    'a certificate that ends with its authority is not renewed over and over',
    { trust: { ...settled, authority: late, leaf: leaf(late, 5), next: b } },
    waits('not-published', ['pods', 'repair']),
  ],
  [
    'an old authority leaves when its time has come',
    { trust: { ...settled, old: [leaving(b, 0), leaving(c, 1)] } },
    { kind: 'retire-old', fingerprints: ['B'] },
  ],
  [
    'an old authority stays while its certificate is served here',
    { trust: { ...settled, old: [leaving(b, 0)] }, served: { leaf: leaf(b, 1), authority: b } },
    { kind: 'nothing', untilMs: nowMs },
  ],
  [
    'an authority that is served from and unknown is kept',
    { served: { leaf: leaf(b, 1), authority: b } },
    { kind: 'keep-served', authority: b },
  ],
  [
    'so many rotations at once wait',
    {
      trust: {
        ...settled,
        rotateRequested: true,
        old: ['1', '2', '3', '4'].map((name, index) => leaving(authority(name, 1), (index + 1) * dayMs)),
      },
    },
    waits('too-many-old', [], nowMs + dayMs),
  ],
])('%s', (_name, given, step) => {
  const input: RotationInput = { trust: settled, remembered: undefined, bundles: inStep, served: ofA, nowMs, ...given };
  const found: Step = nextStep(input, times);
  expect(found).toEqual(step);
});

describe('what is served', () => {
  const offered = leaf(b, 0);
  const served = leaf(a, 10);

  test.each<[string, Partial<Parameters<typeof shouldTake>[0]>, boolean]>([
    ['nothing is offered', { offered: undefined }, false],
    ['nothing is served', { served: undefined }, true],
    ['the same is served', { offered: served }, false],
    ['what is served has ended', { served: leaf(a, 91) }, true],
    ['what is offered has ended', { offered: leaf(b, 91), served: undefined }, false],
    ['what is offered begins later', { offered: leaf(b, -1), served: undefined }, false],
    ['no configuration trusts what is offered', {}, false],
    [
      'one configuration does not trust what is offered',
      { bundles: [bundle('pods', [a, b]), bundle('repair', [a])] },
      false,
    ],
    ['every configuration trusts what is offered', { bundles: [bundle('pods', [a, b]), bundle('repair', [b])] }, true],
    ['a configuration has trusted it for a moment', { bundles: [bundle('pods', [a, b], nowMs - 59_999)] }, false],
    ['no configuration trusts either', { bundles: [bundle('pods', [c])] }, true],
    ['it is of the same authority', { offered: { ...leaf(a, 0), fingerprint: 'other' } }, true],
  ])('%s', (_name, given, take) => {
    expect(shouldTake({ offered, served, bundles: inStep, nowMs, ...given }, times)).toBe(take);
  });

  test.each<[string, Partial<Parameters<typeof servingProblems>[0]>, string[]]>([
    ['all is well', {}, []],
    ['nothing is served', { served: undefined }, ['there is no serving certificate']],
    ['it has ended', { served: leaf(a, 91) }, ['the serving certificate has ended']],
    ['it begins later', { served: leaf(a, -1) }, ['the serving certificate begins later than now']],
    ['there is no configuration', { bundles: [] }, []],
    [
      'a caBundle is empty still',
      { bundles: [bundle('pods', [a]), bundle('repair', [])] },
      ['the caBundle of repair does not trust the serving certificate'],
    ],
    [
      'another replica is trusted where this one is not',
      { wasReady: true, trust: { ...settled, next: b }, bundles: [bundle('pods', [a]), bundle('repair', [b])] },
      ['the caBundle of repair does not trust the serving certificate'],
    ],
    [
      'one caBundle trusts strangers only',
      { wasReady: true, bundles: [bundle('pods', [a]), bundle('repair', [c])] },
      [],
    ],
    [
      'a caBundle that fails open is empty, or a stranger keeps it',
      { bundles: [bundle('pods', [a]), advisory('workloads', []), advisory('repair', [c])] },
      [],
    ],
    [
      'only one that fails open trusts it',
      { bundles: [bundle('pods', [c]), advisory('repair', [a])] },
      ['the caBundle of pods does not trust the serving certificate'],
    ],
    [
      'every caBundle trusts strangers only',
      { wasReady: true, bundles: [bundle('pods', [c])] },
      ['the caBundle of pods does not trust the serving certificate'],
    ],
  ])('readiness where %s', (_name, given, problems) => {
    expect(servingProblems({ served, trust: settled, bundles: inStep, nowMs, wasReady: false, ...given })).toEqual(
      problems,
    );
  });
});
