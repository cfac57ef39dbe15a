import type { Cel } from '../policy/cel/expression.ts';
import { always, and, element, is, matches, never, or, raw } from '../policy/cel/expression.ts';
import { parseAccountPattern } from '../policy/name-globs.ts';
import type { Policy } from '../policy/policy.ts';
import type { WrittenExemption } from '../policy/written-policy.ts';

/** Longest name of a namespace or an account. Source: RFC 1123 subdomain, k8s.io/apimachinery pkg/util/validation. */
const nameLength = 253;

/**
 * Whether every finding of the rule in the request's pod is exempted at any time. Only exemptions without an end and
 * without images are looked at: CEL has no clock, and the condition may be wider than the policy.
 */
export function exemptedAlways({ written }: Policy, rule: string): Cel {
  const covering = (written.spec.exemptions ?? []).filter(
    ({ rules, expires, images }) => rules.includes(rule) && expires === undefined && images === undefined,
  );
  return covering.length > maxExemptions ? never : or(...covering.map(covers));
}

/**
 * Whether an exemption may cover a finding of the rule at some time, for some images: a superset of what is exempted, for what
 * must never refuse more than the policy.
 */
export function exemptedPerhaps({ written }: Policy, rule: string): Cel {
  const covering = (written.spec.exemptions ?? []).filter(({ rules }) => rules.includes(rule));
  return covering.length > maxExemptions ? always : or(...covering.map(covers));
}

/** More exemptions of one rule than this are left to the webhook. */
const maxExemptions = 64;

function covers({ namespaces, serviceAccounts }: WrittenExemption): Cel {
  const namespace = { ...element('request.namespace', nameLength), cost: 6 };
  const account = {
    ...raw("object.spec.?serviceAccountName.orValue('default')", 12),
    length: nameLength,
  };
  const ofNamespace = namespaces === undefined ? [] : [or(...namespaces.map((name) => isName(namespace, name)))];
  const ofAccount =
    serviceAccounts === undefined
      ? []
      : [
          or(
            ...serviceAccounts.map((pattern) => {
              const parsed = parseAccountPattern(pattern);
              return parsed === undefined
                ? never
                : and(isName(namespace, parsed.namespace), isName(account, parsed.name));
            }),
          ),
        ];
  return and(...ofNamespace, ...ofAccount);
}

/** A name, or a pattern with `*` for any part of it. */
function isName(name: Parameters<typeof matches>[0], pattern: string): Cel {
  if (!pattern.includes('*')) return is(name, pattern);
  // `*` alone covers what is there, and an account that is not named is not in sight.
  const parts = pattern.split('*').map((part) => part.replaceAll('.', '[.]'));
  return and(raw(`${name.text} != ''`, name.cost + 2), matches(name, `^${parts.join('.*')}$`));
}
