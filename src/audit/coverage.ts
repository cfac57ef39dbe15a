import { compileConditions, webhookState } from '../compile/written-conditions.ts';
import type { Action } from '../policy/finding.ts';
import { isEmptySelector, selects } from '../policy/label-selector.ts';
import type { Policy } from '../policy/policy.ts';
import type { CoverageRow } from '../report/report.ts';
import type { NamespaceLabels } from './scan-cluster.ts';
import type { RegisteredWebhook, RequestKind } from './webhooks.ts';
import { namesRequest } from './webhooks.ts';
import type { WorkloadResource } from './workload-resources.ts';

/** One way to have something run, and the requests that lead there. */
interface Way {
  readonly name: string;
  readonly requests: readonly RequestKind[];
  /** Which rules are held against it; those of pods against templates too, whose action the policy has of its own. */
  readonly judges: 'pods' | 'exec' | 'templates';
}

type Judgement = Pick<CoverageRow, 'state' | 'reason'>;

const onPods = (operation: RequestKind['operation'], subresource = ''): RequestKind => ({
  operation,
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource,
  namespaced: true,
});

const podWays: readonly Way[] = [
  // An update may bring another image.
  { name: 'pods', requests: [onPods('CREATE'), onPods('UPDATE')], judges: 'pods' },
  {
    name: 'pods/ephemeralcontainers',
    requests: [onPods('UPDATE', 'ephemeralcontainers')],
    judges: 'pods',
  },
  { name: 'pods/exec', requests: [onPods('CONNECT', 'exec')], judges: 'exec' },
  { name: 'pods/attach', requests: [onPods('CONNECT', 'attach')], judges: 'exec' },
];

/** Ways around every admission webhook, whatever is registered. */
const alwaysOpen: readonly CoverageRow[] = [
  {
    namespace: '',
    way: 'static pods',
    state: 'open',
    reason: 'a kubelet runs the manifests on its node without asking; their mirror pods are only reported',
  },
  {
    namespace: '',
    way: 'nodes/proxy',
    state: 'open',
    reason: 'whoever has this right runs commands through the kubelet, past admission',
  },
];

/** What guards each way in each namespace, by the webhooks that the API server has registered and the policy. */
export function coverageOf(
  namespaces: readonly NamespaceLabels[],
  resources: readonly WorkloadResource[],
  webhooks: readonly RegisteredWebhook[],
  policy: Policy,
): CoverageRow[] {
  const validating = webhooks.filter(({ kind }) => kind === 'validating');
  const ways = [...podWays, ...resources.map(templateWay)];
  const rows: CoverageRow[] = [];
  for (const namespace of namespaces) {
    for (const way of ways) {
      if (way.requests.some(({ namespaced }) => !namespaced)) continue;
      rows.push({ namespace: namespace.name, way: way.name, ...judgeWay(way, validating, namespace, policy) });
    }
  }
  for (const way of ways) {
    if (way.requests.every(({ namespaced }) => namespaced)) continue;
    rows.push({ namespace: '', way: way.name, ...judgeWay(way, validating, undefined, policy) });
  }
  return [...rows, ...alwaysOpen];
}

/** Whether a mutating webhook of ours is asked, and can be reached, wherever a pod may be refused when it is made. */
export function repairsPods(
  webhooks: readonly RegisteredWebhook[],
  namespaces: readonly NamespaceLabels[] = [],
): boolean {
  const asked = webhooks.filter((webhook) => namesRequest(webhook, onPods('CREATE')) === true);
  const chooses = ({ labels }: NamespaceLabels, { namespaceSelector }: RegisteredWebhook): boolean =>
    selects(namespaceSelector, labels);
  const refused = namespaces.filter((namespace) =>
    asked.some((webhook) => webhook.kind === 'validating' && chooses(namespace, webhook)),
  );
  return asked.some(
    (webhook) =>
      webhook.kind === 'mutating' &&
      webhook.ca === 'present' &&
      isEmptySelector(webhook.objectSelector) &&
      refused.every((namespace) => chooses(namespace, webhook)),
  );
}

function templateWay({ group, version, kind, resource, namespaced }: WorkloadResource): Way {
  const request = { group, version, resource, subresource: '', namespaced };
  return {
    name: group === '' ? kind : `${kind}.${group}`,
    requests: [
      { operation: 'CREATE', ...request },
      { operation: 'UPDATE', ...request },
    ],
    judges: 'templates',
  };
}

const order = ['enforced', 'warned', 'open'] as const;
const rank = ({ state }: Judgement): number => order.indexOf(state);

/** A way is as guarded as the worst of its requests, and a request as the best of the webhooks that are asked about it. */
function judgeWay(
  way: Way,
  webhooks: readonly RegisteredWebhook[],
  namespace: NamespaceLabels | undefined,
  policy: Policy,
): Judgement {
  return way.requests
    .map((request) =>
      webhooks
        .map((webhook) => judgeRequest(webhook, request, namespace, way.judges, policy))
        .reduce<Judgement>(
          (best, each) => (each !== undefined && (rank(each) < rank(best) || best.reason === absent) ? each : best),
          { state: 'open', reason: absent },
        ),
    )
    .reduce((worst, each) => (rank(each) > rank(worst) ? each : worst));
}

const absent = 'no webhook of Seawall is asked about it';

/** What one webhook does about a request; undefined where it is not meant for it. */
function judgeRequest(
  webhook: RegisteredWebhook,
  request: RequestKind,
  namespace: NamespaceLabels | undefined,
  judges: Way['judges'],
  policy: Policy,
): Judgement | undefined {
  const named = namesRequest(webhook, request);
  if (named === false) return undefined;
  const { configuration, failurePolicy, ca } = webhook;
  const open = (reason: string): Judgement => ({ state: 'open', reason: `${configuration}: ${reason}` });
  if (named === 'version') return open(`matchPolicy Exact, and ${request.version} is not among its versions`);
  if (namespace !== undefined && !selects(webhook.namespaceSelector, namespace.labels)) {
    return open('its namespaceSelector leaves the namespace out');
  }
  if (!isEmptySelector(webhook.objectSelector)) {
    return open('its objectSelector lets objects through by labels, which their author writes');
  }
  if (failurePolicy === 'Ignore' && ca !== 'present') {
    return open(
      `its caBundle ${ca === 'absent' ? 'is absent' : 'has ended'}, and failurePolicy Ignore lets everything through`,
    );
  }
  const isTemplate = judges === 'templates';
  const strongest = isTemplate ? policy.workloads : strongestAction(policy, judges);
  if (strongest === 'audit' || strongest === 'off') {
    return open(
      isTemplate
        ? `the policy says workloads: ${strongest}; their pods are judged`
        : 'the policy refuses and warns of nothing',
    );
  }
  const warned = (reason: string): Judgement => ({ state: 'warned', reason: `${configuration}: ${reason}` });
  if (strongest === 'warn') {
    return warned(isTemplate ? 'the policy says workloads: warn; their pods are judged' : 'the policy refuses nothing');
  }
  // Those of the policy let through only what it does not refuse.
  if (webhookState(webhook.name, webhook.matchConditions, compileConditions(policy)) === 'other') {
    return warned('its matchConditions are not those of this policy: what it refuses may get through');
  }
  if (failurePolicy === 'Ignore')
    return warned('failurePolicy Ignore lets everything through while Seawall does not answer');
  if (ca === 'present') return { state: 'enforced' };
  return {
    state: 'enforced',
    reason: `${configuration}: its caBundle ${ca === 'absent' ? 'is absent' : 'has ended'}, and failurePolicy Fail refuses everything`,
  };
}

/** The hardest action that any rule of the policy for pods, or for exec, may take. */
function strongestAction({ rules }: Policy, judges: 'pods' | 'exec'): Action {
  const taken = rules
    .filter(({ definition }) => (definition.judges === 'exec') === (judges === 'exec'))
    .flatMap(({ settings }) => [
      settings.action,
      ...[...settings.classes.values()].flatMap(({ action, hostAccess }) => [action, hostAccess]),
    ]);
  return (['deny', 'warn', 'audit'] as const).find((action) => taken.includes(action)) ?? 'off';
}

/** Whether any rule of the policy refuses any pod. */
export function refusesPods(policy: Policy): boolean {
  return strongestAction(policy, 'pods') === 'deny';
}
