import { asList } from '../policy/json.ts';
import type { RbacAnalysis } from '../rbac/analysis.ts';
import type { Clause, LaunchPathId } from '../rbac/launch-paths.ts';
import type { Binding, PolicyRule, Role, Subject } from '../rbac/objects.ts';
import { objectText, rbacGroup, subjectText } from '../rbac/objects.ts';
import { ruleGives } from '../rbac/role-powers.ts';
import type { Tightening } from '../rbac/tighten.ts';
import { tightenings } from '../rbac/tighten.ts';
import { yamlText } from '../report/yaml.ts';
import { commented } from './network-policy-files.ts';

/** A file to look at and to apply by hand. */
export interface WrittenFile {
  readonly name: string;
  readonly text: string;
  /** Who would lose what, a line each. */
  readonly summary: readonly string[];
}

/** Others who hold a role that a summary names; the rest is counted. */
const maxOthers = 20;

/**
 * For each role that gives a subject one of the paths, the role without them under another name, and the bindings that give
 * it to this subject alone: whoever else holds the old role loses nothing.
 */
export function rbacFiles(analysis: RbacAnalysis, subject: Subject, paths: readonly LaunchPathId[]): WrittenFile[] {
  const byRole = new Map<Role, { readonly path: LaunchPathId; readonly tightening: Tightening }[]>();
  for (const path of paths) {
    for (const tightening of tightenings(analysis, subject, path)) {
      byRole.set(tightening.role, [...(byRole.get(tightening.role) ?? []), { path, tightening }]);
    }
  }
  return [...byRole].map(([role, found], index) => {
    const clauses = found.flatMap(({ path }) => clausesOf(analysis, path));
    const rules = tightenedRules(role.rules, clauses);
    const bindings = new Set(found.flatMap(({ tightening }) => tightening.bindings));
    const summary = summaryOf(subject, role, found, rules);
    const objects = [roleObject(role, rules), ...[...bindings].map((each) => bindingObject(each, role, subject))];
    const name = `${index + 1}-${role.kind}-${role.namespace}-${role.name}`
      .toLowerCase()
      .replaceAll(/[^a-z0-9.]+/g, '-');
    return {
      name: `${name.slice(0, 100)}.yaml`,
      text: commented(summary) + objects.map(yamlText).join('---\n'),
      summary,
    };
  });
}

/** All parts of a path are needed, so one is enough to take. */
function clausesOf(analysis: RbacAnalysis, path: LaunchPathId): readonly Clause[] {
  return analysis.paths.find(({ id }) => id === path)?.parts[0] ?? [];
}

/** The rules without every verb on every resource that gives one of the clauses; what is given by a `*` goes with it. */
export function tightenedRules(rules: readonly PolicyRule[], clauses: readonly Clause[]): PolicyRule[] {
  const gives = (rule: PolicyRule): boolean => clauses.some((clause) => ruleGives(rule, clause));
  return rules.flatMap((rule) => {
    if (!gives(rule)) return [rule];
    const byVerbs = new Map<string, PolicyRule>();
    for (const group of rule.apiGroups) {
      for (const resource of rule.resources) {
        const one = { ...rule, apiGroups: [group], resources: [resource] };
        const verbs = rule.verbs.filter((verb) => !gives({ ...one, verbs: [verb] }));
        // Two verbs may give together what neither gives alone.
        if (verbs.length === 0 || gives({ ...one, verbs })) continue;
        const key = `${group}\0${verbs.join(',')}`;
        const known = byVerbs.get(key);
        byVerbs.set(key, { ...one, verbs, resources: [...(known?.resources ?? []), resource] });
      }
    }
    return [...byVerbs.values()];
  });
}

function summaryOf(
  subject: Subject,
  role: Role,
  found: readonly { readonly path: LaunchPathId; readonly tightening: Tightening }[],
  rules: readonly PolicyRule[],
): string[] {
  const others = [
    ...new Set(found.flatMap(({ tightening }) => tightening.others.map((each) => subjectText(each.subject)))),
  ];
  const bindings = [...new Set(found.flatMap(({ tightening }) => tightening.bindings.map(objectText)))];
  const stars = found.some(({ tightening }) =>
    tightening.rules.some(({ verbs, resources, apiGroups }) => [...verbs, ...resources, ...apiGroups].includes('*')),
  );
  const more = others.length > maxOthers ? `, and ${others.length - maxOthers} more` : '';
  return [
    ...found.map(({ path, tightening }) => `${subjectText(subject)} would lose by ${path}: ${tightening.gives}`),
    ...(stars ? ['a rule with * gives it, and goes as a whole: add what is needed of it'] : []),
    ...(rules.length === 0 ? ['nothing is left of the role'] : []),
    `once this is applied, take ${subjectText(subject)} out of ${bindings.join(', ')}: until then nothing is lost`,
    others.length === 0
      ? `nobody else holds ${objectText(role)}`
      : `would lose the same, were ${objectText(role)} itself changed: ${others.slice(0, maxOthers).join(', ')}${more}`,
  ];
}

const suffix = '-tightened';

function roleObject({ kind, namespace, name }: Role, rules: readonly PolicyRule[]): object {
  const written = rules.map((rule) =>
    Object.fromEntries(Object.entries(rule).filter(([, values]) => asList(values).length > 0)),
  );
  return {
    apiVersion: `${rbacGroup}/v1`,
    kind,
    metadata: { name: `${name}${suffix}`, ...(namespace !== '' && { namespace }) },
    rules: written,
  };
}

function bindingObject({ kind, namespace, name }: Binding, role: Role, subject: Subject): object {
  const named = { kind: subject.kind, name: subject.name };
  return {
    apiVersion: `${rbacGroup}/v1`,
    kind,
    metadata: { name: `${name}${suffix}`, ...(namespace !== '' && { namespace }) },
    roleRef: { apiGroup: rbacGroup, kind: role.kind, name: `${role.name}${suffix}` },
    subjects: [
      subject.kind === 'ServiceAccount'
        ? { ...named, namespace: subject.namespace }
        : { apiGroup: rbacGroup, ...named },
    ],
  };
}
