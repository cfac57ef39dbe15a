import { conditionedConfiguration, conditionedWebhooks } from '../../src/compile/webhook-document.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Finding } from '../../src/policy/finding.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { commandTables } from '../support/command-line-rows.ts';
import { attackPods } from '../support/command-attacks.ts';
import { hasCorpus, corpus } from '../support/corpus.ts';
import { evasionRows } from '../support/evasion-rows.ts';
import type { Fields } from '../support/pods.ts';
import { podManifestsIn } from '../support/pod-manifests.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startTestWebhook } from './harness/webhook.ts';
import { waitUntil } from './harness/wait-until.ts';
import { webhookConfigurations } from './webhook-configurations.ts';

/** What came of one pod. */
export interface Verdict {
  /** Whether the API server asked the webhook. */
  readonly asked: boolean;
  readonly status: number;
  readonly message: string;
  /** What refuses the pod by the policy, judged as the API server would store it. */
  readonly denied: readonly Finding[];
}

/** A control plane whose pods webhook, failing closed, is registered with the conditions of a policy. */
export interface ConditionedCluster {
  /** Creates a pod for the trial; nothing is stored. */
  readonly tryPod: (pod: Fields) => Promise<Verdict>;
  /** Takes away what answers, and leaves its registration. */
  readonly closeWebhook: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A container that no policy has anything to say of. */
const droppingAll = { name: 'c', image: 'app', securityContext: { capabilities: { drop: ['ALL'] } } };

const podKind = { apiVersion: 'v1', kind: 'Pod' } as const;

const refusal = 'refused by the policy of the test';

/**
 * Registers the pods webhook as it is shipped, and then applies the compiled conditions to it as a user would. What answers is
 * the evaluator itself.
 */
export async function conditionWebhook(controlPlane: ControlPlane, policy: Policy): Promise<ConditionedCluster> {
  const asked = new Set<string>();
  const webhook = await startTestWebhook(controlPlane, ({ object, namespace = '' }) => {
    const pod = object as { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } };
    asked.add(pod.metadata.labels?.['trial'] ?? '');
    const denied = judge(object, policy, Date.now(), { namespace }).findings.some(({ action }) => action === 'deny');
    return denied ? { allowed: false, status: { code: 403, message: refusal } } : { allowed: true };
  });
  const url = webhook.clientConfig.url.replace('/admit', '');
  const [pods] = webhookConfigurations({ url, ca: controlPlane.ca.certificate });
  if (pods === undefined) throw new Error('no webhook is shipped');
  await controlPlane.apply(pods);
  const [refusing] = conditionedWebhooks;
  if (refusing === undefined) throw new Error('no webhook has conditions');
  const patch = { webhooks: [{ name: refusing.name, matchConditions: refusing.compile(policy).conditions }] };
  const applied = await controlPlane.kubectl([
    ...['patch', 'validatingwebhookconfiguration', conditionedConfiguration],
    ...['--type=strategic', '--patch', JSON.stringify(patch)],
  ]);
  if (applied.code !== 0) throw new Error(applied.stderr);
  let closing: Promise<void> | undefined;
  const closeWebhook = () => (closing ??= webhook.close());
  let trials = 0;
  const tryPod = async (pod: Fields): Promise<Verdict> => {
    const trial = `t${trials++}`;
    const metadata = { ...(pod['metadata'] as Fields), name: trial, labels: { trial }, namespace: 'default' };
    const { status, body } = await controlPlane.request('POST', '/api/v1/namespaces/default/pods?dryRun=All', {
      ...pod,
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
    });
    const { message = '' } = body as { readonly message?: string };
    const stored = status === 201 ? body : { ...pod, metadata };
    const { findings } = judge(stored, policy, Date.now(), { namespace: 'default' });
    return { asked: asked.has(trial), status, message, denied: findings.filter(({ action }) => action === 'deny') };
  };
  await waitUntil('the conditions to be in force', async () => {
    const bad = await tryPod({
      spec: { hostNetwork: true, hostPID: true, containers: [{ name: 'c', image: 'nmap', command: ['nmap'] }] },
    });
    const good = await tryPod({ spec: { containers: [droppingAll] } });
    const refuses = policy.rules.some(({ settings }) => settings.action === 'deny');
    return bad.asked === refuses && good.status === 201 ? true : undefined;
  });
  return {
    tryPod,
    closeWebhook,
    close: async () => {
      await controlPlane.kubectl(['delete', 'validatingwebhookconfiguration', 'seawall-pods']);
      await closeWebhook();
    },
  };
}

/** Whether the webhook refused it, by the evaluator's word. */
export function isRefused(verdict: Verdict | undefined): boolean {
  return verdict?.status === 403 && verdict.message.includes(refusal);
}

/** Every pod of the tables: the evasions, the fixtures, and the real manifests' templates as pods. */
export function knownPods(): readonly { readonly what: string; readonly pod: Fields }[] {
  const evasions = evasionRows.flatMap(([what, , , object]) => {
    const { kind, spec } = object as Fields;
    return kind === 'Pod' && typeof spec === 'object' ? [{ what, pod: object as Fields }] : [];
  });
  const attacks = attackPods.map((pod) => ({ what: JSON.stringify(pod['spec']), pod }));
  return [...evasions, ...attacks, ...podManifestsIn('test/fixtures'), ...realPods()];
}

/** A pod for each case of the command reader, in the field that its words are read from as they are there. */
export function commandPods(): readonly { readonly what: string; readonly pod: Fields }[] {
  return commandTables.flatMap(({ rows, context }) => {
    const env = [...(context.env ?? [])].map(([name, value]) =>
      value === undefined ? { name, valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } } : { name, value },
    );
    return rows.map(([what, , argv]) => {
      const field = context.entryPointUnknown === true ? 'args' : 'command';
      const own =
        context.expandsVariables === false ? { livenessProbe: { exec: { command: argv } } } : { [field]: argv };
      return { what, pod: { ...podKind, spec: { containers: [{ ...droppingAll, ...own, env }] } } };
    });
  });
}

/** The pods of the real manifests; none where the corpus is absent. */
export function realPods(): readonly { readonly what: string; readonly pod: Fields }[] {
  return hasCorpus ? podManifestsIn(`${corpus}/realworld`) : [];
}
