import type { ApiClient, JsonObject } from '../../src/cluster/api.ts';
import { ApiError } from '../../src/cluster/api.ts';
import { createConditionsCheck } from '../../src/cli/serve-conditions.ts';
import { tellUnserved } from '../../src/cli/serve-policy-in-force.ts';
import { webhookDocuments } from '../../src/compile/webhook-document.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { defaultPolicy, parsePolicy } from '../../src/policy/policy.ts';
import { openLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

const strict = parsePolicy({
  apiVersion: 'seawall.dev/v1alpha1',
  kind: 'Policy',
  metadata: { name: 'strict' },
  spec: { profile: 'strict' },
});
const registered = (policy: Policy): JsonObject => ({ ...webhookDocuments(policy)[0] });

/** A check whose API server answers as the test says, and what came of it. */
function checkUnderTest() {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line), flush: () => Promise.resolve() };
  const metrics = createMetrics([]);
  const answer: { next: JsonObject | Error; policy: Policy } = { next: {}, policy: defaultPolicy() };
  const client: Pick<ApiClient, 'request'> = {
    request: () =>
      answer.next instanceof Error ? Promise.reject(answer.next) : Promise.resolve({ status: 200, body: answer.next }),
  };
  const log = openLog({ level: 'info', destination, now: Date.now });
  return {
    answer,
    client,
    log,
    ...createConditionsCheck({ client, policy: () => answer.policy, log, metrics }),
    inStep: async () =>
      (await metrics.text()).split('\n').find((line) => line.startsWith('seawall_match_conditions_in_step')),
    words: () => lines.splice(0).map((line) => (JSON.parse(line) as { msg: string }).msg),
  };
}

test('each change is told once, by the log, the metric and to probes', async () => {
  const { answer, check, notes, inStep, words } = checkUnderTest();
  const steps: readonly (readonly [JsonObject | Error, Policy, string | undefined, readonly string[], number])[] = [
    [{ webhooks: [] }, defaultPolicy(), undefined, [], 0],
    [registered(defaultPolicy()), defaultPolicy(), '1', ['the matchConditions are those of the policy'], 0],
    [registered(defaultPolicy()), defaultPolicy(), '1', [], 0],
    [
      registered(defaultPolicy()),
      strict,
      '0',
      ['the matchConditions are of another policy: pods may pass that this one refuses'],
      1,
    ],
    [registered(defaultPolicy()), strict, '0', [], 1],
    [new ApiError('unreachable', 'away'), strict, undefined, ['the matchConditions could not be read'], 0],
    [new ApiError('unreachable', 'away'), strict, undefined, [], 0],
    [registered(strict), strict, '1', ['the matchConditions are those of the policy'], 0],
  ];
  for (const [next, policy, metric, told, noted] of steps) {
    Object.assign(answer, { next, policy });
    await check();
    expect([(await inStep())?.split(' ')[1], words(), notes().length]).toEqual([metric, told, noted]);
  }
});

test.each([
  ['both', ['validatingadmissionpolicies', 'mutatingadmissionpolicies'], 0],
  ['1.30', ['validatingadmissionpolicies', 'validatingwebhookconfigurations'], 1],
  ['1.28', ['validatingwebhookconfigurations'], 2],
])('kinds that an API server does not serve are named: %s', async (_what, names, lines) => {
  const { answer, client, log, words } = checkUnderTest();
  answer.next = { resources: names.map((name) => ({ name })) };
  await tellUnserved(client, log);
  expect(words()).toEqual(
    Array.from(
      { length: lines },
      () => 'the API server does not serve this kind: what it would decide is left to the webhook',
    ),
  );
});
