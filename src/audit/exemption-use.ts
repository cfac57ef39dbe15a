import type { Policy } from '../policy/policy.ts';
import { expiryNoticeMs } from '../policy/policy-warnings.ts';
import type { ExemptionUse } from '../report/report.ts';

/**
 * What each exemption of a policy did in a scan, in the policy's order.
 * @param findings - findings that each took out of force, by its name
 */
export function exemptionUse(policy: Policy, findings: ReadonlyMap<string, number>, nowMs: number): ExemptionUse[] {
  return policy.exemptions.map(({ name, owner, reason, expiresMs }, index) => {
    const count = findings.get(name) ?? 0;
    const expires = policy.written.spec.exemptions?.[index]?.expires;
    return {
      name,
      owner,
      reason,
      ...(expires !== undefined && { expires }),
      state: stateOf(expiresMs, count, nowMs),
      findings: count,
    };
  });
}

function stateOf(expiresMs: number | undefined, findings: number, nowMs: number): ExemptionUse['state'] {
  if (expiresMs !== undefined && nowMs >= expiresMs) return 'expired';
  if (expiresMs !== undefined && expiresMs - nowMs <= expiryNoticeMs) return 'expiring';
  return findings > 0 ? 'used' : 'unused';
}
