import { policyApiVersion, policyWarnings } from '../policy/policy.ts';
import type { Policy } from '../policy/policy.ts';
import { formatPath } from '../policy/finding.ts';

/** The policy in force for a program: every value, every entry of every class, and where each value comes from. */
export function policyJson(policy: Policy, nowMs: number): string {
  const document = {
    apiVersion: policyApiVersion,
    kind: 'EffectivePolicy',
    metadata: { name: policy.name },
    profile: policy.profile,
    workloads: policy.workloads,
    rules: policy.rules.map(({ definition, settings }) => ({
      id: definition.id,
      action: settings.action,
      ...(definition.repair === undefined ? {} : { fix: settings.fix ?? false }),
      ...(definition.tokens === undefined ? {} : { tokens: settings.tokens }),
      ...(settings.classes.size === 0 ? {} : { classes: [...settings.classes.values()] }),
    })),
    exemptions: policy.written.spec.exemptions ?? [],
    kinds: policy.kinds,
    origins: Object.fromEntries(policy.origins),
    warnings: policyWarnings(policy, nowMs).map(({ path, message }) => ({ path: formatPath(path), message })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
