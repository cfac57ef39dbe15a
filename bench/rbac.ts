/*
 * Who holds which launch path among 5,000 subjects in 500 namespaces, from the objects to the table: in a process of its
 * own, so that its memory is its own. `node bench/rbac.ts [sparse|distinct|dense|named]`; the bars are 10 s of CPU and 500 MB.
 */
import { collectRbac } from '../src/rbac/collect.ts';
import { RbacAnalysis } from '../src/rbac/analysis.ts';
import { possible } from '../src/rbac/effect.ts';
import { rbacText } from '../src/rbac/formats/rbac-text.ts';
import { rbacReport } from '../src/rbac/rbac-report.ts';
import type { JsonObject } from '../src/policy/finding.ts';

const subjects = 5_000;
const namespaces = 500;
const group = 'rbac.authorization.k8s.io';

interface Account {
  readonly kind: 'ServiceAccount';
  readonly namespace: string;
  readonly name: string;
}

/**
 * Sparse: ten accounts of each namespace, each bound there and in three others. Distinct: so that no two accounts hold the
 * same. Named: distinct, and each has a Role of its own that leads to one account by name. Dense:
 * everybody in every namespace.
 */
function* objects(shape: string): Generator<JsonObject> {
  const dense = shape === 'dense';
  const named = shape === 'named';
  const distinct = shape === 'distinct' || named;
  for (let index = 0; index < namespaces; index += 1) {
    yield { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `team-${index}` } };
  }
  const name = (index: number): string => `team-${index % namespaces}`;
  const account = (index: number): Account => ({
    kind: 'ServiceAccount',
    namespace: name(index),
    name: `account-${index}`,
  });
  const roles = ['view', 'edit', 'edit', 'admin'];
  for (let index = 0; index < subjects; index += 1) {
    yield { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: name(index), name: `account-${index}` } };
    if (dense) continue;
    if (named) yield* ownRole(account((index + 1_499) % subjects), account(index));
    for (const [step, role] of roles.entries())
      yield binding(
        name(index + step * (distinct ? 7 + Math.floor(index / namespaces) : 7)),
        `b-${index}-${step}`,
        role,
        [account(index)],
      );
    if (index % 100 === 0) yield binding('', `c-${index}`, 'edit', [account(index)]);
  }
  if (!dense) return;
  const all = Array.from({ length: subjects }, (_, index) => account(index));
  for (let index = 0; index < namespaces; index += 1) yield binding(name(index), 'all', roles[index % 4] ?? '', all);
}

/** A Role that nobody else holds, and that leads to one account. */
function* ownRole(to: Account, of: Account): Generator<JsonObject> {
  const rule = (verb: string, resource: string, resourceName: string): object => ({
    verbs: [verb],
    apiGroups: [''],
    resources: [resource],
    resourceNames: [resourceName],
  });
  const name = `of-${of.name}`;
  yield {
    apiVersion: `${group}/v1`,
    kind: 'Role',
    metadata: { namespace: to.namespace, name },
    rules: [
      rule('create', 'serviceaccounts/token', to.name),
      rule('get', 'secrets', `secret-of-${of.name}`),
      rule('create', 'pods/exec', `pod-of-${of.name}`),
    ],
  };
  yield binding(to.namespace, name, name, [of], 'Role');
}

function binding(
  namespace: string,
  name: string,
  role: string,
  of: readonly object[],
  kind = 'ClusterRole',
): JsonObject {
  return {
    apiVersion: `${group}/v1`,
    kind: namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name, ...(namespace !== '' && { namespace }) },
    roleRef: { kind, name: role },
    subjects: of,
  };
}

const shape = process.argv[2] ?? 'sparse';
const analysis = new RbacAnalysis(collectRbac(objects(shape), false), undefined);
const report = rbacReport(analysis, {
  cluster: undefined,
  person: undefined,
  namespace: undefined,
  notes: [],
  partial: [],
  errors: [],
  rolesKnown: true,
  admission: { effectOf: () => possible },
});
let characters = 0;
for (const chunk of rbacText(report, { colour: false, system: false })) characters += chunk.length;
const { user, system } = process.cpuUsage();
// Of the CPU, with the start of Node: what else the machine does is no matter of ours.
const seconds = (user + system) / 1e6;
const megabytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(
  `rbac, ${shape}: ${report.subjects.length} subjects x ${namespaces} namespaces in ${seconds.toFixed(1)} s of CPU and ${megabytes.toFixed(0)} MB; ${characters} characters\n`,
);
process.exitCode = seconds < 10 && megabytes < 500 ? 0 : 1;
