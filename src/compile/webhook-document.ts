import type { Policy } from '../policy/policy.ts';
import type { CompiledConditions, MatchCondition } from './match-conditions.ts';
import { adviceConditions, refusalConditions } from './match-conditions.ts';

/** An object for the API server. */
export type ClusterObject = Readonly<Record<string, unknown>>;

/** The configuration whose webhooks have conditions; as in `manifests`. */
export const conditionedConfiguration = 'seawall-pods';

/** A webhook whose conditions come from the policy. */
export interface ConditionedWebhook {
  readonly name: string;
  readonly compile: (policy: Policy) => CompiledConditions;
  /** Its other fields, where it comes with its conditions. */
  readonly fields: ClusterObject;
}

/** Asks for what the failing-closed webhook is not asked for any more: its loss holds up nothing. */
const advice: ClusterObject = {
  clientConfig: { service: { namespace: 'seawall', name: 'seawall', path: '/validate', port: 443 } },
  rules: [
    { apiGroups: [''], apiVersions: ['*'], scope: '*', operations: ['CREATE', 'UPDATE'], resources: ['pods'] },
    {
      apiGroups: [''],
      apiVersions: ['*'],
      scope: '*',
      operations: ['UPDATE'],
      resources: ['pods/ephemeralcontainers'],
    },
  ],
  namespaceSelector: {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['seawall'] }],
  },
  admissionReviewVersions: ['v1'],
  failurePolicy: 'Ignore',
  matchPolicy: 'Equivalent',
  sideEffects: 'None',
  timeoutSeconds: 2,
};

/** The webhooks whose conditions come from the policy: the one that refuses, and the one that tells the rest. */
export const conditionedWebhooks: readonly ConditionedWebhook[] = [
  { name: 'pods.seawall.dev', compile: refusalConditions, fields: {} },
  { name: 'advice.seawall.dev', compile: adviceConditions, fields: advice },
];

/**
 * A strategic merge patch of the configuration: the conditions of the webhook that refuses, and beside it, failing open, one for
 * what is only told.
 */
export function webhookDocuments(policy: Policy): ClusterObject[] {
  const compiled = conditionedWebhooks.map((webhook) => ({ ...webhook, ...webhook.compile(policy) }));
  const object = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: {
      name: conditionedConfiguration,
      annotations: conditionAnnotations(policy.name, compiled),
    },
    webhooks: compiled.map(({ name, fields, conditions }) => ({
      name,
      ...fields,
      matchConditions: conditions.map((each: MatchCondition) => ({ name: each.name, expression: each.expression })),
    })),
  };
  return [object];
}

/** What the annotations of the configuration say of its conditions. */
export function conditionAnnotations(
  policyName: string,
  compiled: readonly CompiledConditions[],
): Readonly<Record<string, string>> {
  const cost = Math.max(...compiled.map(({ pod }) => pod.whole.cost));
  const asked = new Set(
    compiled.flatMap(({ pod }) => pod.rules.flatMap(({ rule, fallback }) => (fallback === undefined ? [] : [rule]))),
  );
  return {
    'seawall.dev/compiled-policy': policyName,
    'seawall.dev/compiled-cost': `at most ${Math.ceil(cost)} of 1000000 units`,
    'seawall.dev/asked-of-every-pod': [...asked].join(', ') || 'no rule',
  };
}
