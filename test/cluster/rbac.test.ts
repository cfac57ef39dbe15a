// Needs the control plane level. Our evaluator beside the API server's own authorizer, asked through SubjectAccessReview.
import { asList, asObject } from '../../src/policy/json.ts';
import type { JsonObject } from '../../src/policy/finding.ts';
import type { Identity, Question } from '../../src/rbac/evaluate.ts';
import { Authorizer } from '../../src/rbac/evaluate.ts';
import { collectRbac } from '../../src/rbac/collect.ts';
import type { RbacObjects } from '../../src/rbac/objects.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import { inParallel } from './in-parallel.ts';
import { Dice, hostileObjects, randomQuestion } from './rbac-questions.ts';

/** `SEAWALL_SEED` replays a run, `SEAWALL_QUESTIONS` asks more. */
const seed = Number(process.env['SEAWALL_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const questions = Number(process.env['SEAWALL_QUESTIONS'] ?? 20_000);

const resources = ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'] as const;
const kinds = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'] as const;

describeLevel('control plane', 'the RBAC evaluator', () => {
  let cluster: ControlPlane;
  let live: readonly JsonObject[];
  let objects: RbacObjects;

  beforeAll(async () => {
    cluster = await startControlPlane({
      controllerManager: true,
      auditPolicy: { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'None' }] },
      apiServerFlags: ['--enable-priority-and-fairness=false'],
    });
    const dice = new Dice(seed);
    await cluster.apply(
      ['shop', 'team-a'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    );
    const written = hostileObjects(dice, 60);
    await inParallel(8, written, create);
    // The controller merges rules, one round after the other.
    await waitUntil(
      'the aggregated roles',
      async () => {
        live = await readAll();
        const merged = ['admin', 'collector', 'nest', 'circle-b'];
        const same = merged.map((name) =>
          [live.map(asManifest), live].map((values) => rulesOf(values, name).join('\n')),
        );
        return same.every(([computed, real]) => computed === real) ? true : undefined;
      },
      { timeoutMs: 120_000 },
    );
    objects = collectRbac(live).objects;
    await create({
      ...roleOfLast,
      kind: 'ClusterRole',
      rules: [{ verbs: ['get'], apiGroups: ['last'], resources: ['last'] }],
    });
    await create({
      ...roleOfLast,
      kind: 'ClusterRoleBinding',
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'last' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'last' }],
    });
    live = await readAll();
    objects = collectRbac(live).objects;
    // The authorizer answers from watches of its own, which may be behind what is stored.
    const last: Question = { verb: 'get', group: 'last', resource: 'last', subresource: '', name: '', namespace: '' };
    await waitUntil('the authorizer', async () => ((await ask({ user: 'last', groups: [] }, last)) ? true : undefined));
  }, startTimeoutMs);

  afterAll(() => cluster.stop());

  const roleOfLast = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'last' } };

  test('an aggregated role has the rules that the controller merges', () => {
    for (const name of ['admin', 'edit', 'view', 'collector', 'nest', 'circle-a', 'circle-b']) {
      const [computed, merged] = [live.map(asManifest), live].map((values) => rulesOf(values, name));
      expect(computed?.length).toBeGreaterThan(0);
      expect(computed).toEqual(merged);
    }
  });

  test('what is read of a cluster and what is computed from manifests answer as the API server does', async () => {
    const authorizers = [objects, collectRbac(live.map(asManifest)).objects].map((each) => new Authorizer(each));
    const dice = new Dice(seed);
    const asked = Array.from({ length: questions }, () => randomQuestion(dice, objects));
    const answers = await inParallel(24, asked, ({ identity, question }) => ask(identity, question));
    const wrong = asked.flatMap(({ identity, question }, index) => {
      const told = authorizers.map((authorizer) => authorizer.authorize(identity, question).allowed);
      return told.every((each) => each === answers[index]) ? [] : [{ identity, question, real: answers[index], told }];
    });
    const allowed = answers.filter((each) => each).length;
    process.stderr.write(
      `rbac: ${questions} questions, ${allowed} allowed, ${wrong.length} answered otherwise; SEAWALL_SEED=${seed} replays\n`,
    );
    expect({ seed, wrong: wrong.slice(0, 5) }).toEqual({ seed, wrong: [] });
    // Chance must not have asked what everybody or nobody may.
    expect(allowed).toBeGreaterThan(questions / 5);
    expect(allowed).toBeLessThan((questions * 4) / 5);
  }, 300_000);

  async function create(object: object): Promise<void> {
    const { kind, metadata } = object as { kind: (typeof kinds)[number]; metadata: { namespace?: string } };
    const scope = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
    const path = `/apis/rbac.authorization.k8s.io/v1${scope}/${kind.toLowerCase()}s`;
    const { status, body } = await cluster.request('POST', path, object);
    if (status !== 201) throw new Error(`seed ${seed}: ${JSON.stringify(object)}: ${JSON.stringify(body)}`);
  }

  async function readAll(): Promise<JsonObject[]> {
    const lists = await Promise.all(
      resources.map(async (resource, index) => {
        const { body } = await cluster.request('GET', `/apis/rbac.authorization.k8s.io/v1/${resource}`);
        return asList(asObject(body)['items']).map((item) => ({
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: kinds[index],
          ...asObject(item),
        }));
      }),
    );
    return lists.flat();
  }

  async function ask({ user, groups }: Identity, question: Question): Promise<boolean> {
    const attributes =
      'path' in question ? { nonResourceAttributes: question } : { resourceAttributes: { ...question, version: 'v1' } };
    const { status, body } = await cluster.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, groups, ...attributes },
    });
    if (status !== 201) throw new Error(`${JSON.stringify(question)}: ${JSON.stringify(body)}`);
    return asObject(asObject(body)['status'])['allowed'] === true;
  }
});

/** The object as it would stand in a file: who aggregates has no rules of its own there. */
function asManifest(value: JsonObject): JsonObject {
  const metadata = { ...asObject(value['metadata']), uid: undefined };
  return { ...value, metadata, ...(value['aggregationRule'] !== undefined && { rules: null }) };
}

function rulesOf(values: readonly JsonObject[], name: string): string[] {
  const role = collectRbac(values).objects.roles.find((each) => each.kind === 'ClusterRole' && each.name === name);
  return (role?.rules ?? []).map((rule) => JSON.stringify(rule)).sort();
}
