import { coverageOf } from '../audit/coverage.ts';
import type { RegisteredWebhook } from '../audit/webhooks.ts';
import { registeredWebhooks } from '../audit/webhooks.ts';
import { evaluate } from '../policy/evaluate.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import type { Policy } from '../policy/policy.ts';
import type { RbacSnapshot } from '../rbac/collect.ts';
import type { AdmissionInForce, Effect } from '../rbac/effect.ts';
import { possible } from '../rbac/effect.ts';
import type { Barrier } from '../rbac/launch-paths.ts';
import type { CoverageRow } from '../report/report.ts';

/** Seawall's namespace by its manifests, for where nothing tells of another. */
const ownNamespace = 'seawall';

/** The namespace of the Service that our webhooks lead to; undefined where none of ours is registered. */
export function guardNamespace(configurations: readonly JsonObject[]): string | undefined {
  for (const configuration of configurations) {
    for (const webhook of asList(configuration['webhooks']).map(asObject)) {
      if (!asString(webhook['name']).endsWith('.seawall.dev')) continue;
      const { service } = asObject(webhook['clientConfig']);
      return asString(asObject(service)['namespace']) || ownNamespace;
    }
  }
  return undefined;
}

export interface InForceOptions {
  readonly policy: Policy;
  readonly nowMs: number;
  /** Whether the webhook configurations could be read. */
  readonly webhooksKnown: boolean;
  /** Whether the labels of namespaces could be read. */
  readonly labelsKnown: boolean;
}

/** What Seawall and Pod Security refuse, by the webhooks, the labels and the policy. */
export function admissionInForce(snapshot: RbacSnapshot, options: InForceOptions): AdmissionInForce {
  const { nowMs, policy } = options;
  const webhooks = snapshot.webhookConfigurations.flatMap((configuration) =>
    registeredWebhooks(
      configuration,
      configuration['kind'] === 'ValidatingWebhookConfiguration' ? 'validating' : 'mutating',
      nowMs,
    ),
  );
  const namespaces = [...snapshot.namespaces].map(([name, labels]) => ({
    name,
    // The API server sets it; a namespace of which only the name is known has it too.
    labels: { ...labels, 'kubernetes.io/metadata.name': name },
  }));
  const coverage = new Map(
    coverageOf(namespaces, [], webhooks, policy).map((row) => [`${row.way} ${row.namespace}`, row]),
  );
  const interned = new Map<string, Effect>();
  const intern = (effect: Effect): Effect => {
    const key = `${effect.state} ${effect.reason}`;
    const known = interned.get(key) ?? effect;
    interned.set(key, known);
    return known;
  };
  return {
    effectOf: (barrier, namespace) => {
      const row = coverage.get(`${ways[barrier] ?? ''} ${namespace}`);
      const labels = snapshot.namespaces.get(namespace) ?? {};
      return intern(effectOf({ ...options, barrier, namespace, row, labels, webhooks }));
    },
  };
}

/** The rows of the coverage that decide. */
const ways: Readonly<Partial<Record<Barrier, string>>> = {
  'pod-create': 'pods',
  'pod-update': 'pods',
  'ephemeral-containers': 'pods/ephemeralcontainers',
  exec: 'pods/exec',
};

interface Case extends InForceOptions {
  readonly barrier: Barrier;
  readonly namespace: string;
  readonly row: CoverageRow | undefined;
  readonly labels: JsonObject;
  readonly webhooks: readonly RegisteredWebhook[];
}

function effectOf(asked: Case): Effect {
  const { barrier, namespace, row, webhooks, webhooksKnown, labelsKnown } = asked;
  if (barrier === 'none') return possible;
  const enforced = row?.state === 'enforced';
  if (barrier === 'exec') return enforced ? shellOnly : notEnforced(row, webhooks.length > 0);
  if (enforced && refusesOffender(asked)) return { state: 'refused-by-seawall', reason: row.reason ?? '' };
  const level = asString(asked.labels['pod-security.kubernetes.io/enforce']);
  if (level === 'baseline' || level === 'restricted') {
    return { state: 'refused-by-pod-security', reason: `the namespace enforces ${level}` };
  }
  if (!webhooksKnown) return { state: 'unknown', reason: 'the webhook configurations could not be read' };
  if (!labelsKnown) return { state: 'unknown', reason: `the labels of namespaces could not be read` };
  if (enforced) return { state: 'not-enforced', reason: `the policy refuses no such pod in ${namespace}` };
  return notEnforced(row, webhooks.length > 0);
}

const shellOnly: Effect = {
  state: 'possible',
  reason: 'Seawall refuses a command that names a tool; it cannot see what is typed into a shell',
};

function notEnforced(row: CoverageRow | undefined, isRegistered: boolean): Effect {
  return isRegistered ? { state: 'not-enforced', reason: row?.reason ?? '' } : possible;
}

/** Whether the policy refuses the pod of the alert in a namespace: a known tool with host network and NET_RAW. */
function refusesOffender({ policy, nowMs, namespace, barrier }: Case): boolean {
  const tool = {
    name: 'tool',
    image: 'docker.io/nicolaka/netshoot:latest',
    securityContext: { capabilities: { add: ['NET_RAW'] } },
  };
  const spec =
    barrier === 'ephemeral-containers'
      ? {
          hostNetwork: true,
          containers: [{ name: 'app', image: 'registry.k8s.io/pause' }],
          ephemeralContainers: [tool],
        }
      : { hostNetwork: true, containers: [tool] };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'tool', namespace }, spec };
  return evaluate(pod, policy, nowMs, { namespace }).some(({ action }) => action === 'deny');
}
