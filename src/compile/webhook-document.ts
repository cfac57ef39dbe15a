import type { Policy } from '../policy/policy.ts';
import type { CompiledConditions } from './match-conditions.ts';
import { adviceConditions, refusalConditions } from './match-conditions.ts';

/** An object for the API server. */
export type ClusterObject = Readonly<Record<string, unknown>>;

/** Names of the configuration and the webhook that a set of conditions is for; as in `manifests`. */
export interface ConditionedWebhook {
  readonly configuration: string;
  readonly webhook: string;
  readonly compile: (policy: Policy) => CompiledConditions;
}

/** The webhooks whose conditions come from the policy. */
export const conditionedWebhooks: readonly ConditionedWebhook[] = [
  { configuration: 'seawall-pods', webhook: 'pods.seawall.dev', compile: refusalConditions },
  { configuration: 'seawall-advice', webhook: 'advice.seawall.dev', compile: adviceConditions },
];

/** What the API server is told of each webhook: its conditions alone, to be applied beside its other fields. */
export function webhookDocuments(policy: Policy): ClusterObject[] {
  return conditionedWebhooks.map((each) => conditionsDocument(each, policy.name, each.compile(policy)));
}

/** The fields of one webhook that are applied for its conditions. */
export function conditionsDocument(
  { configuration, webhook }: Pick<ConditionedWebhook, 'configuration' | 'webhook'>,
  policyName: string,
  { conditions, pod }: CompiledConditions,
): ClusterObject {
  const asked = pod.rules.filter(({ fallback }) => fallback !== undefined);
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: {
      name: configuration,
      annotations: {
        'seawall.dev/compiled-policy': policyName,
        'seawall.dev/compiled-cost': `at most ${Math.ceil(pod.whole.cost)} of 1000000 units`,
        'seawall.dev/asked-of-every-pod': asked.map(({ rule }) => rule).join(', ') || 'no rule',
      },
    },
    webhooks: [{ name: webhook, matchConditions: conditions.map(({ name, expression }) => ({ name, expression })) }],
  };
}
