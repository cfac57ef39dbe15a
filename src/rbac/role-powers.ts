import { ruleAllows } from './evaluate.ts';
import type { Clause, LaunchPath } from './launch-paths.ts';
import { launchPaths } from './launch-paths.ts';
import type { PolicyRule, Role } from './objects.ts';
import { rbacGroup } from './objects.ts';
import type { TemplateKind } from './pod-template-schema.ts';

/**
 * Powers are what a role is read for, each a number: the parts of the launch paths, and what leads from one account to
 * another. A role either has one or not; where it counts is a matter of the binding.
 */
export interface PowerTable {
  readonly paths: readonly LaunchPath[];
  /** For each path, the powers that it needs: all of them. */
  readonly ofPath: readonly (readonly number[])[];
  readonly clauses: readonly (readonly Clause[])[];
  readonly steps: Readonly<Record<StepPower, number>>;
  /** Powers that count in Seawall's namespace only. */
  readonly guarded: ReadonlySet<number>;
}

/** What leads on, beside the launch paths; for any name, as a step to a named one is told by `NamedStep`. */
const stepClauses = {
  token: clause('create', '', 'serviceaccounts/token'),
  impersonateAccount: clause('impersonate', '', 'serviceaccounts'),
  exec: clause('create get', '', 'pods/exec', 'pods/attach'),
  debug: clause('update patch', '', 'pods/ephemeralcontainers'),
  readSecrets: clause('get list watch', '', 'secrets'),
  impersonateUser: { ...clause('impersonate', '', 'users'), scope: 'cluster' },
  impersonateGroup: { ...clause('impersonate', '', 'groups'), scope: 'cluster' },
  bind: clause('bind', rbacGroup, 'clusterroles'),
  writeBindings: clause('create update patch', rbacGroup, 'rolebindings'),
  writeClusterBindings: { ...clause('create update patch', rbacGroup, 'clusterrolebindings'), scope: 'cluster' },
  escalate: clause('escalate', rbacGroup, 'roles'),
  changeRoles: clause('update patch', rbacGroup, 'roles'),
  escalateCluster: { ...clause('escalate', rbacGroup, 'clusterroles'), scope: 'cluster' },
  changeClusterRoles: { ...clause('update patch', rbacGroup, 'clusterroles'), scope: 'cluster' },
} as const satisfies Record<string, Clause>;

export type StepPower = keyof typeof stepClauses;

/** A rule for some names only, as far as it leads on. */
export interface NamedStep {
  readonly how: 'token' | 'impersonateAccount' | 'exec' | 'debug' | 'impersonateUser' | 'impersonateGroup' | 'bind';
  readonly name: string;
}

/** What a role can be used for. */
export interface RolePowers {
  readonly role: Role;
  readonly powers: readonly number[];
  readonly named: readonly NamedStep[];
}

function clause(verbs: string, group: string, ...resources: readonly string[]): Clause {
  return { verbs: verbs.split(' '), group, resources, scope: 'namespace' };
}

export function powerTable(templateKinds: readonly TemplateKind[]): PowerTable {
  const paths = launchPaths(templateKinds);
  const clauses: (readonly Clause[])[] = [];
  const guarded = new Set<number>();
  const ofPath = paths.map(({ parts, where }) =>
    parts.map((part) => {
      if (where === 'guard') guarded.add(clauses.length);
      return clauses.push(part) - 1;
    }),
  );
  const step = (name: StepPower): number => clauses.push([unnamed(stepClauses[name])]) - 1;
  const steps = {
    token: step('token'),
    impersonateAccount: step('impersonateAccount'),
    exec: step('exec'),
    debug: step('debug'),
    readSecrets: step('readSecrets'),
    impersonateUser: step('impersonateUser'),
    impersonateGroup: step('impersonateGroup'),
    bind: step('bind'),
    writeBindings: step('writeBindings'),
    writeClusterBindings: step('writeClusterBindings'),
    escalate: step('escalate'),
    changeRoles: step('changeRoles'),
    escalateCluster: step('escalateCluster'),
    changeClusterRoles: step('changeClusterRoles'),
  };
  return { paths, ofPath, clauses, steps, guarded };
}

/** A clause that a rule for some names only does not fulfil. */
function unnamed(one: Clause): Clause {
  return { ...one, names: () => false };
}

/** A power is `cluster` where only a ClusterRoleBinding gives it; one with several clauses is as its clauses are. */
export function powersOf(
  table: PowerTable,
  role: Role,
): { readonly namespaced: RolePowers; readonly cluster: RolePowers } {
  const inNamespace: number[] = [];
  const all: number[] = [];
  for (const [power, clauses] of table.clauses.entries()) {
    const held = clauses.filter((each) => role.rules.some((rule) => ruleGives(rule, each)));
    if (held.length > 0 || widensItself(table, power, role)) all.push(power);
    if (held.some(({ scope }) => scope === 'namespace') || (widensItself(table, power, role) && role.kind === 'Role')) {
      inNamespace.push(power);
    }
  }
  const named = namedSteps(role);
  const local = named.filter(({ how }) => how !== 'impersonateUser' && how !== 'impersonateGroup');
  return {
    namespaced: { role, powers: inNamespace, named: local },
    cluster: { role, powers: all, named },
  };
}

/** Escalation by a rule that names the very role that it stands in. */
function widensItself({ steps }: PowerTable, power: number, role: Role): boolean {
  const own = role.kind === 'Role' ? 'roles' : 'clusterroles';
  const verbs =
    power === (role.kind === 'Role' ? steps.escalate : steps.escalateCluster)
      ? ['escalate']
      : power === (role.kind === 'Role' ? steps.changeRoles : steps.changeClusterRoles)
        ? ['update', 'patch']
        : [];
  return verbs.some((verb) =>
    role.rules.some((rule) =>
      ruleAllows(rule, { verb, group: rbacGroup, resource: own, subresource: '', name: role.name, namespace: '' }),
    ),
  );
}

function namedSteps({ rules }: Role): NamedStep[] {
  const hows = ['token', 'impersonateAccount', 'exec', 'debug', 'impersonateUser', 'impersonateGroup', 'bind'] as const;
  return hows.flatMap((how) =>
    rules
      .filter((rule) => rule.resourceNames.length > 0 && ruleGives(rule, stepClauses[how]))
      .flatMap((rule) => rule.resourceNames.map((name) => ({ how, name }))),
  );
}

/** What a rule gives of a clause, in words: `create,patch deployments, jobs`; undefined for nothing. */
export function givenOf(rule: PolicyRule, clauses: readonly Clause[]): string | undefined {
  const byVerbs = new Map<string, string[]>();
  for (const each of clauses) {
    for (const resource of each.resources) {
      const given = each.verbs.filter((verb) => ruleGives(rule, { ...each, verbs: [verb], resources: [resource] }));
      if (given.length === 0) continue;
      const known = byVerbs.get(given.join(','));
      if (known === undefined) byVerbs.set(given.join(','), [resource]);
      else known.push(resource);
    }
  }
  if (byVerbs.size === 0) return undefined;
  const names = rule.resourceNames.length === 0 ? '' : ` named ${rule.resourceNames.slice(0, 5).join(', ')}`;
  return [...byVerbs].map(([given, resources]) => `${given} ${resources.join(', ')}${names}`).join('; ');
}

/** Whether a rule allows any request of a clause. */
export function ruleGives(rule: PolicyRule, { verbs, group, resources, names }: Clause): boolean {
  const relevant = names === undefined ? rule.resourceNames : rule.resourceNames.filter(names);
  if (rule.resourceNames.length > 0 && relevant.length === 0) return false;
  return verbs.some((verb) => resources.some((resource) => allowsOne(rule, verb, group, resource, relevant[0] ?? '')));
}

function allowsOne(rule: PolicyRule, verb: string, group: string, wanted: string, name: string): boolean {
  if (wanted === '*/scale') return givesScale(rule, verb);
  if (wanted === 'userextras/*') return givesUserExtras(rule, verb);
  const slash = wanted.indexOf('/');
  const resource = slash < 0 ? wanted : wanted.slice(0, slash);
  const subresource = slash < 0 ? '' : wanted.slice(slash + 1);
  const allows = (asked: string): boolean =>
    ruleAllows(rule, { verb: asked, group, resource, subresource, name, namespace: '' });
  if (!allows(verb)) return false;
  if (name === '' || subresource !== '') return true;
  // Neither a collection's deletion nor a plain create tells a name; a server-side apply does, and creates by a patch.
  if (verb === 'deletecollection') return false;
  return verb !== 'create' || allows('patch');
}

/** The groups whose built-in kinds have a scale. */
const scaledGroups = ['*', '', 'apps'];

/** The scale of a kind by name, in any group; a star for all resources counts where built-in kinds have one. */
function givesScale({ verbs, apiGroups, resources }: PolicyRule, verb: string): boolean {
  if (!verbs.includes('*') && !verbs.includes(verb)) return false;
  const isOfAll = resources.includes('*') && apiGroups.some((each) => scaledGroups.includes(each));
  return isOfAll || resources.some((each) => each.endsWith('/scale'));
}

function givesUserExtras({ verbs, apiGroups, resources }: PolicyRule, verb: string): boolean {
  return (
    (verbs.includes('*') || verbs.includes(verb)) &&
    (apiGroups.includes('*') || apiGroups.includes('authentication.k8s.io')) &&
    resources.some((each) => each === '*' || each.startsWith('userextras/'))
  );
}
