import { X509Certificate } from 'node:crypto';
import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString, asStrings } from '../policy/json.ts';

/** Which requests a webhook is asked about. Source: k8s.io/api admissionregistration/v1 RuleWithOperations. */
interface WebhookRule {
  readonly operations: readonly string[];
  readonly groups: readonly string[];
  readonly versions: readonly string[];
  /** `pods`, `pods/exec`, `*`, `pods/*`, `*` for both. */
  readonly resources: readonly string[];
  readonly scope: string;
}

/** A webhook of ours as the API server has it registered. */
export interface RegisteredWebhook {
  readonly kind: 'validating' | 'mutating';
  readonly name: string;
  /** Name of the configuration that it stands in. */
  readonly configuration: string;
  readonly rules: readonly WebhookRule[];
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly matchPolicy: 'Exact' | 'Equivalent';
  readonly namespaceSelector: JsonObject;
  readonly objectSelector: JsonObject;
  /** As the API server has them. */
  readonly matchConditions: readonly unknown[];
  /** Whether the API server can know our certificate by its caBundle. */
  readonly ca: 'present' | 'absent' | 'ended';
}

/** One kind of request, as `CREATE pods`. */
export interface RequestKind {
  readonly operation: 'CREATE' | 'UPDATE' | 'CONNECT';
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** '' for the object itself. */
  readonly subresource: string;
  readonly namespaced: boolean;
}

/** Ours are named so in their manifests, and a webhook's name says whose it is: a domain. */
const ours = '.seawall.dev';

/** Our webhooks of one configuration; none where it is someone else's. */
export function registeredWebhooks(
  configuration: JsonObject,
  kind: RegisteredWebhook['kind'],
  nowMs: number,
): RegisteredWebhook[] {
  const name = asString(asObject(configuration['metadata'])['name']);
  return asList(configuration['webhooks'])
    .map(asObject)
    .filter((webhook) => asString(webhook['name']).endsWith(ours))
    .map((webhook) => ({
      kind,
      name: asString(webhook['name']),
      configuration: name,
      rules: asList(webhook['rules']).map((rule) => ruleOf(asObject(rule))),
      // The API server writes the defaults out: Fail and Equivalent.
      failurePolicy: webhook['failurePolicy'] === 'Ignore' ? 'Ignore' : 'Fail',
      matchPolicy: webhook['matchPolicy'] === 'Exact' ? 'Exact' : 'Equivalent',
      namespaceSelector: asObject(webhook['namespaceSelector']),
      objectSelector: asObject(webhook['objectSelector']),
      matchConditions: asList(webhook['matchConditions']),
      ca: caOf(asObject(webhook['clientConfig']), nowMs),
    }));
}

function ruleOf(rule: JsonObject): WebhookRule {
  return {
    operations: asStrings(rule['operations']),
    groups: asStrings(rule['apiGroups']),
    versions: asStrings(rule['apiVersions']),
    resources: asStrings(rule['resources']),
    scope: asString(rule['scope']) || '*',
  };
}

/** A webhook by URL without a caBundle is known by the system's own roots. */
function caOf({ caBundle, service }: JsonObject, nowMs: number): RegisteredWebhook['ca'] {
  if (typeof caBundle !== 'string' || caBundle === '') return service === undefined ? 'present' : 'absent';
  const pem = Buffer.from(caBundle, 'base64').toString();
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const ends = certificates.flatMap((certificate) => {
    try {
      return [new X509Certificate(certificate).validToDate.getTime()];
    } catch {
      // The API server takes no bundle that it cannot read; what we cannot read does not make it absent.
      return [Number.POSITIVE_INFINITY];
    }
  });
  return ends.length > 0 && ends.every((end) => end <= nowMs) ? 'ended' : 'present';
}

/**
 * Whether the rules of a webhook name a request; `version` where they would, but for the version.
 * Source: k8s.io/apiserver pkg/admission/plugin/webhook/predicates/rules/rules.go.
 */
export function namesRequest(webhook: RegisteredWebhook, request: RequestKind): boolean | 'version' {
  const { operation, group, version, namespaced } = request;
  const named = webhook.rules.filter(
    (rule) =>
      has(rule.operations, operation) &&
      has(rule.groups, group) &&
      rule.resources.some((pattern) => namesResource(pattern, request)) &&
      (rule.scope === '*' || (rule.scope === 'Namespaced') === namespaced),
  );
  if (named.length === 0) return false;
  // Equivalent: a request in any version is converted to one that the rule names.
  if (webhook.matchPolicy === 'Equivalent') return true;
  return named.some(({ versions }) => has(versions, version)) || 'version';
}

function has(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

function namesResource(pattern: string, { resource, subresource }: RequestKind): boolean {
  const slash = pattern.indexOf('/');
  const own = slash < 0 ? pattern : pattern.slice(0, slash);
  const sub = slash < 0 ? '' : pattern.slice(slash + 1);
  return (own === '*' || own === resource) && (sub === '*' || sub === subresource);
}
