import type { EffectiveRules } from './effective-rules.ts';
import type { Exemption } from './exemptions.ts';
import { isOpenToAnyRegistry } from './image-patterns.ts';
import { parseAccountPattern } from './name-globs.ts';
import { quote } from './policy-problem.ts';
import type { PolicyProblem } from './policy-problem.ts';
import type { WrittenExemption, WrittenSpec } from './written-policy.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** How long before its end an exemption is reported. */
export const expiryNoticeMs = 14 * dayMs;

/** What the owner of the policy should know at `nowMs`: its standing warnings, and exemptions at or near their end. */
export function policyWarnings(
  policy: { readonly warnings: readonly PolicyProblem[]; readonly exemptions: readonly Exemption[] },
  nowMs: number,
): readonly PolicyProblem[] {
  const ends = policy.exemptions.flatMap((exemption, index) => {
    const message = endOf(exemption, nowMs);
    return message === undefined ? [] : [{ path: ['spec', 'exemptions', index, 'expires'], message }];
  });
  return [...policy.warnings, ...ends];
}

function endOf({ name, owner, expiresMs }: Exemption, nowMs: number): string | undefined {
  if (expiresMs === undefined || expiresMs - nowMs > expiryNoticeMs) return undefined;
  const remedy = `take it out, or let ${owner} give it a new day`;
  if (expiresMs <= nowMs) return `exemption ${quote(name)} has ended and covers nothing; ${remedy}`;
  const days = Math.ceil((expiresMs - nowMs) / dayMs);
  return `exemption ${quote(name)} ends in ${days} ${days === 1 ? 'day' : 'days'}; ${remedy}`;
}

/** What is to be said of the policy on any day. */
export function standingWarnings(spec: WrittenSpec, { rules }: EffectiveRules): readonly PolicyProblem[] {
  const off = new Set(rules.filter(({ settings }) => settings.action === 'off').map(({ definition }) => definition.id));
  return (spec.exemptions ?? []).flatMap((exemption, index) =>
    [...exemptionWarnings(exemption, off)].map(({ path, message }) => ({
      path: ['spec', 'exemptions', index, ...path],
      message,
    })),
  );
}

function* exemptionWarnings(exemption: WrittenExemption, off: ReadonlySet<string>): Iterable<PolicyProblem> {
  for (const [index, rule] of exemption.rules.entries()) {
    if (off.has(rule)) yield { path: ['rules', index], message: `${rule} is off; it needs no exemption` };
    if (exemption.rules.indexOf(rule) < index) yield { path: ['rules', index], message: `${rule} is named twice` };
  }
  for (const [index, pattern] of (exemption.images ?? []).entries()) {
    if (!isOpenToAnyRegistry(pattern)) continue;
    const message = `${quote(pattern)} is open to any registry: whoever has one names an image so; begin with a registry`;
    yield { path: ['images', index], message };
  }
  for (const [index, text] of (exemption.serviceAccounts ?? []).entries()) {
    if (!isEverything(parseAccountPattern(text)?.namespace)) continue;
    const message = `${quote(text)} covers every namespace: whoever makes service accounts in one of them is exempt`;
    yield { path: ['serviceAccounts', index], message };
  }
  const coversAll = (exemption.namespaces ?? []).findIndex(isEverything);
  if (coversAll >= 0 && exemption.images === undefined && exemption.serviceAccounts === undefined) {
    yield { path: ['namespaces', coversAll], message: 'covers every namespace; turn the rules off, or say which' };
  }
}

function isEverything(pattern: string | undefined): boolean {
  return pattern !== undefined && /^\*+$/.test(pattern);
}
