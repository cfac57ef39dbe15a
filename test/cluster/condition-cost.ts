import { refusalConditions } from '../../src/compile/match-conditions.ts';
import { podLimits } from '../../src/policy/cel/pod.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Fields } from '../support/pods.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startTestWebhook } from './harness/webhook.ts';
import { inParallel } from './in-parallel.ts';
import { waitUntil } from './harness/wait-until.ts';

/** A benign pod that costs the conditions much. */
export interface WorstPod {
  readonly what: string;
  readonly pod: Fields;
}

/** Bytes of the largest text; with all else, the pod is just below what etcd takes (1.5 MiB). */
export const mostText = 1_300_000;

/** Benign pods with as much as is looked at of something, a little more, and as much as etcd takes. */
export function* worstPods(): Iterable<WorstPod> {
  const { containers, volumes, capabilities, imageLength } = podLimits;
  const many = (count: number, make: (index: number) => Fields): Fields[] =>
    Array.from({ length: count }, (_, index) => ({ name: `c${index}`, image: 'app', ...make(index) }));
  const pod = (what: string, spec: Fields): WorstPod => ({ what, pod: { spec } });
  const shells = (count: number, size: number): Fields[] =>
    many(count, () => ({ command: ['sh', '-c', 'echo abcdefg; '.repeat(Math.ceil(size / 14))] }));
  for (const size of [200, 1_400, 2_980, 3_100, 50_000, mostText])
    yield pod(`a script of ${size}`, { containers: shells(1, size) });
  for (const size of [14, 180, 2_990])
    yield pod(`${containers} scripts of ${size}`, { containers: shells(containers, size) });
  for (const [count, size] of [
    [2, 8],
    [19, 150],
    [21, 8],
    [1_000, 100],
    [60_000, 8],
  ] as const) {
    const args = Array.from({ length: count }, () => 'x'.repeat(size));
    yield pod(`${count} arguments of ${size} for a shell`, {
      containers: many(1, () => ({ command: ['timeout'], args })),
    });
    yield pod(`${count} arguments of ${size} for a program`, {
      containers: many(1, () => ({ command: ['/app'], args })),
    });
    yield pod(`${count} arguments of ${size} alone`, { containers: many(1, () => ({ args: ['--x', ...args] })) });
  }
  for (const count of [containers, containers + 1, 500, 8_000]) {
    yield pod(`${count} containers`, { containers: many(count, () => ({})) });
    if (count > 500) continue;
    yield pod(`${count} containers with much of everything`, {
      containers: many(count, (index) => fullContainer(index, imageLength, capabilities)),
    });
  }
  for (const count of [volumes, volumes + 1, 5_000]) {
    yield pod(`${count} host paths`, {
      containers: many(1, () => ({ command: ['sh', '-c', 'nc -z db 1'] })),
      volumes: Array.from({ length: count }, (_, index) => ({
        name: `v${index}`,
        hostPath: { path: `/data/${'x'.repeat(100)}${index}` },
      })),
    });
  }
  yield pod('an image of a megabyte', { containers: many(1, () => ({ image: 'a'.repeat(1_000_000) })) });
  for (const count of [64, 65, 3_000]) {
    const env = Array.from({ length: count }, (_, each) => ({ name: `E${each}`, value: 'v' }));
    yield pod(`${containers} scripts beside ${count} variables`, {
      containers: many(containers, () => ({ command: ['sh', '-c', `${'x'.repeat(165)} $X`], env })),
    });
    yield pod(`${containers} scripts without any of ${count} variables`, {
      containers: many(containers, () => ({ command: ['sh', '-c', 'x'.repeat(168)], env })),
    });
  }
  yield pod('an environment of a megabyte', {
    containers: many(1, () => ({
      command: ['sh', '-c', 'echo $X'],
      env: [{ name: 'X', value: 'x'.repeat(1_000_000) }],
    })),
  });
}

/** A container with as much as is looked at of each field. */
function fullContainer(index: number, imageLength: number, capabilities: number): Fields {
  const script = `exec /app/run --port=$PORT --name ${'abc '.repeat(10)}`;
  const exec = { exec: { command: ['sh', '-c', script] } };
  return {
    name: `c${index}`,
    image: `registry.example/${'a/'.repeat((imageLength - 20) / 2)}b`,
    command: ['timeout', '5', 'app'],
    env: Array.from({ length: 24 }, (_, each) => ({ name: `E${each}`, value: 'v'.repeat(20) })),
    securityContext: { capabilities: { add: Array.from({ length: capabilities }, () => `X${'C'.repeat(38)}`) } },
    livenessProbe: exec,
    readinessProbe: exec,
    startupProbe: exec,
    lifecycle: { postStart: exec, preStop: exec },
  };
}

/** How often the API server can evaluate the condition within its budget, for the pod that costs most. */
export interface Budget {
  readonly what: string;
  readonly times: number;
  readonly share: string;
}

/** As many times one condition is evaluated at most. */
const mostTimes = 10;

/**
 * Asks the API server itself: it evaluates the condition once, twice, ... in one expression, and calls the webhooks whose expression
 * it could end within the budget.
 */
export async function leastBudget(
  controlPlane: ControlPlane,
  policy: Policy,
  pods: readonly WorstPod[],
): Promise<Budget> {
  const calls = new Map<string, number>();
  const webhook = await startTestWebhook(controlPlane, ({ object }) => {
    const { labels = {} } = (object as { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } })
      .metadata;
    calls.set(labels['trial'] ?? '', (calls.get(labels['trial'] ?? '') ?? 0) + 1);
    return { allowed: true };
  });
  const expression = refusalConditions(policy).conditions.at(-1)?.expression ?? 'true';
  const entry = (times: number): object => ({
    name: `times-${times}.seawall.dev`,
    clientConfig: webhook.clientConfig,
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    admissionReviewVersions: ['v1'],
    failurePolicy: 'Ignore',
    sideEffects: 'None',
    matchConditions: [
      {
        name: 'times',
        expression: `[${Array.from({ length: times }, (_, each) => each).join(', ')}].map(i, (${expression}) ? 1 : 2).sum() > 0`,
      },
    ],
  });
  await controlPlane.request('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'times' },
    webhooks: Array.from({ length: mostTimes }, (_, index) => entry(index + 1)),
  });
  const send = async (trial: string, pod: Fields): Promise<number> => {
    const object = { ...pod, apiVersion: 'v1', kind: 'Pod', metadata: { name: trial, labels: { trial } } };
    await controlPlane.request('POST', '/api/v1/namespaces/default/pods?dryRun=All', object);
    return calls.get(trial) ?? 0;
  };
  let probes = 0;
  const small = { spec: { containers: [{ name: 'c', image: 'app' }] } };
  await waitUntil('all expressions to be evaluated', async () =>
    (await send(`p${probes++}`, small)) === mostTimes ? true : undefined,
  );
  const times = await inParallel(2, pods, ({ pod }, index) => send(`w${index}`, pod));
  await controlPlane.kubectl(['delete', 'validatingwebhookconfiguration', 'times']);
  await webhook.close();
  const least = Math.min(...times);
  const what = pods[times.indexOf(least)]?.what ?? '';
  const share = least >= mostTimes ? `below 1/${mostTimes}` : `between 1/${least + 1} and 1/${least}`;
  return { what, times: least, share };
}
