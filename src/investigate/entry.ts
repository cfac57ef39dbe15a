import { coverageOf } from '../audit/coverage.ts';
import { isMirrorPod } from '../audit/life.ts';
import { controllerOf } from '../audit/owners.ts';
import type { RegisteredWebhook } from '../audit/webhooks.ts';
import { namesRequest, registeredWebhooks } from '../audit/webhooks.ts';
import { fieldManager } from '../certificates/ca-bundle.ts';
import type { ObjectVerdict } from '../policy/evaluate.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import type { Policy } from '../policy/policy.ts';
import { describeObject } from '../report/describe.ts';
import type { AuditEntry } from './audit-entry.ts';
import type { ClusterLook } from './cluster-look.ts';
import { decisionText } from './decision-log.ts';
import { refusedBy } from './judged-pod.ts';

/** Why something is there although the policy would refuse it, or why the policy would not. */
export interface EntryReason {
  readonly reason: string;
  /**
   * `recorded`: the cluster or its audit log says so. `likely`: what stands there now makes it so. `unknown`: it cannot be
   * told, and the text says why.
   */
  readonly confidence: 'recorded' | 'likely' | 'unknown';
}

/** Seawall's webhooks as they are registered now. */
export interface Registration {
  /** Undefined where they may not be listed. */
  readonly webhooks: readonly RegisteredWebhook[] | undefined;
  /** RFC 3339: when the configuration of the webhook that refuses pods was made; '' where there is none. */
  readonly since: string;
  /** RFC 3339: when it was last changed by anyone but for its caBundle; '' where it never was. */
  readonly changed: string;
}

const configurations = [
  ['validating', 'validatingwebhookconfigurations'],
  ['mutating', 'mutatingwebhookconfigurations'],
] as const;

export async function readRegistration(look: ClusterLook, nowMs: number): Promise<Registration> {
  const webhooks: RegisteredWebhook[] = [];
  let whole = true;
  let since = '';
  let changed = '';
  for (const [kind, resource] of configurations) {
    const seen = await look.list(`/apis/admissionregistration.k8s.io/v1/${resource}`, {
      right: `list ${resource}.admissionregistration.k8s.io`,
      unknown: 'whether Seawall stood before it, and since when',
    });
    whole &&= seen.whole;
    for (const configuration of seen.items) {
      const ours = registeredWebhooks(configuration, kind, nowMs);
      webhooks.push(...ours);
      if (kind !== 'validating' || !ours.some((webhook) => namesRequest(webhook, podCreation) === true)) continue;
      const created = asString(asObject(configuration['metadata'])['creationTimestamp']);
      if (since === '' || created < since) since = created;
      const last = lastChange(configuration);
      if (last > changed) changed = last;
    }
  }
  return { webhooks: whole ? webhooks : undefined, since, changed: changed > since ? changed : '' };
}

const podCreation = {
  operation: 'CREATE',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespaced: true,
} as const;

/** The last write that is in managedFields, Seawall's own of the caBundle left out. */
function lastChange(configuration: JsonObject): string {
  const times = asList(asObject(configuration['metadata'])['managedFields'])
    .map(asObject)
    .filter(({ manager }) => manager !== fieldManager)
    .map(({ time }) => asString(time));
  return times.toSorted().at(-1) ?? '';
}

export interface EntryFacts {
  readonly pod: JsonObject;
  readonly verdict: ObjectVerdict;
  readonly policy: Policy;
  readonly registration: Registration;
  /** Labels of its namespace; undefined where they could not be read. */
  readonly namespaceLabels: JsonObject | undefined;
}

/** Why a pod is there, the surest reason first. */
export function whyItGotIn({ pod, verdict, policy, registration, namespaceLabels }: EntryFacts): EntryReason[] {
  const { namespace, creationTimestamp } = asObject(pod['metadata']);
  const created = asString(creationTimestamp);
  const controller = controllerOf(pod);
  if (isMirrorPod(pod, controller)) {
    return [
      recorded(
        `a static pod: the kubelet of node ${controller?.name ?? ''} runs it from a manifest on the node, and asks no admission`,
      ),
    ];
  }
  const refused = refusedBy(verdict);
  const exempted = verdict.exempted.map(
    ({ finding, exemption }) => `exemption ${exemption} lets ${finding.rule} through`,
  );
  if (refused.length === 0) {
    return exempted.length > 0
      ? [...new Set(exempted)].map(recorded)
      : [
          recorded(
            `policy ${policy.name} does not refuse it${verdict.findings.length === 0 ? '' : '; what it finds, it only warns of or reports'}`,
          ),
        ];
  }
  const { webhooks, since, changed } = registration;
  if (webhooks === undefined) {
    return [
      unknown(
        'the webhook configurations may not be listed, so that it cannot be told whether Seawall stood before it',
      ),
    ];
  }
  if (since === '') return [recorded('no webhook of Seawall is asked when a pod is made')];
  if (created !== '' && created < since) {
    return [
      recorded(
        `before Seawall: it was made ${created}, and the webhook configuration that is there now ${since}; had there been another before, it is not known`,
      ),
    ];
  }
  return [
    ...coverageReasons(asString(namespace), namespaceLabels, webhooks, policy),
    ...(changed !== '' && created !== '' && changed > created
      ? [likely(`the webhook configuration was changed ${changed}, after it was made ${created}`)]
      : []),
    unknown(
      'whether the webhook answered, and by which policy, when it was made: the cluster keeps no record of that; the audit log does (--audit-log), and Seawall’s own log',
    ),
  ];
}

function coverageReasons(
  namespace: string,
  labels: JsonObject | undefined,
  webhooks: readonly RegisteredWebhook[],
  policy: Policy,
): EntryReason[] {
  if (labels === undefined) {
    return [unknown(`whether namespace ${namespace} is covered: its labels could not be read`)];
  }
  const rows = coverageOf([{ name: namespace, labels }], [], webhooks, policy);
  return rows
    .filter((row) => row.namespace === namespace && row.way === 'pods' && row.state !== 'enforced')
    .map(({ state, reason = '' }) =>
      likely(`${state === 'open' ? `namespace ${namespace} is not covered` : 'it is not enforced'}: ${reason}`),
    );
}

/** What a log recorded of the admission of an object: who was asked, what was answered, who did not answer. */
export function reasonsOfEntry(
  { annotations, decision, time, verb }: Pick<AuditEntry, 'annotations' | 'decision' | 'time' | 'verb'>,
  object: Parameters<typeof describeObject>[0],
): EntryReason[] {
  if (decision !== undefined) {
    // What was let into a pod says nothing of how the pod got in.
    if (verb === 'connect') return [];
    // Its log holds no uid: an earlier one may have had the name.
    const what = `Seawall was asked about a ${describeObject(object)} at ${time}, and let it in`;
    return [likely(`${what} (${decisionText(decision)})`)];
  }
  const reasons: EntryReason[] = [];
  for (const [key, value] of Object.entries(annotations)) {
    const text = asString(value);
    // Source: k8s.io/apiserver pkg/admission/plugin/webhook/{validating,mutating}/dispatcher.go (…FailedOpenKeyPrefix).
    if (key.startsWith('failed-open.') && text.includes('.seawall.dev')) {
      reasons.push(
        recorded(
          `${text.slice(0, 200)} did not answer when ${describeObject(object)} was made, and its failurePolicy let it through`,
        ),
      );
    }
    const own = /^[a-z]+\.seawall\.dev\/(exempted|warned|spared|audited)$/.exec(key)?.[1];
    if (own !== undefined)
      reasons.push(recorded(`Seawall was asked about ${describeObject(object)}, and let it in (${own}: ${text})`));
  }
  return reasons;
}

const recorded = (reason: string): EntryReason => ({ reason, confidence: 'recorded' });
const likely = (reason: string): EntryReason => ({ reason, confidence: 'likely' });
const unknown = (reason: string): EntryReason => ({ reason, confidence: 'unknown' });
