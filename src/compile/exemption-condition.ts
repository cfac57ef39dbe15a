import type { Cel, CelText } from '../policy/cel/expression.ts';
import { always, and, costOf, element, isOneOf, matches, never, or, raw } from '../policy/cel/expression.ts';
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
  return coveredBy(covering) ?? never;
}

/**
 * Whether an exemption may cover a finding of the rule at some time, for some images: a superset of what is exempted, for what
 * must never refuse more than the policy.
 */
export function exemptedPerhaps({ written }: Policy, rule: string): Cel {
  const covering = (written.spec.exemptions ?? []).filter(({ rules }) => rules.includes(rule));
  return coveredBy(covering) ?? always;
}

/** Exemptions of one rule that need more than this are left to the webhook. */
const most = { length: 30_000, cost: 200_000 } as const;

/**
 * Whether one of the exemptions covers the pod; undefined where that is too much to ask. What can be is put into one list: the API
 * server takes seconds to compile hundreds of alternatives.
 */
function coveredBy(exemptions: readonly WrittenExemption[]): Cel | undefined {
  const ofNamespaces = exemptions.filter(({ serviceAccounts }) => serviceAccounts === undefined);
  const ofAccounts = exemptions.filter(({ namespaces }) => namespaces === undefined);
  const ofBoth = exemptions.filter((each) => each.namespaces !== undefined && each.serviceAccounts !== undefined);
  // One of images alone is of neither, and may cover any pod.
  if (ofNamespaces.some((each) => ofAccounts.includes(each))) return always;
  const condition = or(
    isNamed(
      namespace,
      ofNamespaces.flatMap(({ namespaces = [] }) => namespaces),
    ),
    isNamed(account, ofAccounts.flatMap(accountsOf)),
    ...ofBoth.map((each) => and(isNamed(namespace, each.namespaces ?? []), isNamed(account, accountsOf(each)))),
  );
  return condition.text.length > most.length || condition.cost > most.cost ? undefined : condition;
}

const namespace: CelText = { ...element('request.namespace', nameLength), cost: 6 };

/** The account of the pod as `namespace/name`. */
const account: CelText = {
  ...raw(
    "request.namespace + '/' + object.spec.?serviceAccountName.orValue('default')",
    24 + 4 * costOf.traversal(2 * nameLength),
  ),
  length: 2 * nameLength + 1,
};

function accountsOf({ serviceAccounts = [] }: WrittenExemption): string[] {
  return serviceAccounts.flatMap((pattern) => {
    const parsed = parseAccountPattern(pattern);
    return parsed === undefined ? [] : [`${parsed.namespace}/${parsed.name}`];
  });
}

/** One of the names, or like one of the patterns with `*` for any part of a name. */
function isNamed(name: CelText, patterns: readonly string[]): Cel {
  const distinct = [...new Set(patterns)];
  const exact = distinct.filter((pattern) => !pattern.includes('*'));
  const globs = distinct.filter((pattern) => pattern.includes('*'));
  const expressions = globs.map((glob) => glob.replaceAll('.', '[.]').replace(/\*+/g, '[^/]*'));
  return or(isOneOf(name, exact), expressions.length === 0 ? never : matches(name, `^(?:${expressions.join('|')})$`));
}
