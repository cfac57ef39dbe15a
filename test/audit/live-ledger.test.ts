import fc from 'fast-check';
import { auditReport } from '../../src/audit/audit-report.ts';
import { LiveLedger } from '../../src/audit/live-ledger.ts';
import { ScanLedger } from '../../src/audit/scan-ledger.ts';
import type { WorkloadResource } from '../../src/audit/workload-resources.ts';
import { podResource } from '../../src/audit/workload-resources.ts';
import type { Fields } from '../support/pods.ts';
import { podSpec } from '../support/pods.ts';
import { facts, nowMs } from './ledger-under-test.ts';

const deployments: WorkloadResource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  resource: 'deployments',
  namespaced: true,
};
const replicaSets: WorkloadResource = { ...deployments, kind: 'ReplicaSet', resource: 'replicasets' };

const uid = (kind: string, name: string, generation: number): string => `uid-${kind}-${name}-${generation}`;

function made(kind: string, name: string, spec: Fields, generation: number, owner?: readonly [string, string, number]) {
  const ownerReferences =
    owner === undefined
      ? []
      : [{ apiVersion: 'apps/v1', kind: owner[0], name: owner[1], uid: uid(...owner), controller: true }];
  return { metadata: { namespace: 'shop', name, uid: uid(kind, name, generation), ownerReferences }, spec };
}

const specs: readonly Fields[] = [{}, { hostNetwork: true }, { hostPID: true, hostNetwork: true }].map((each) =>
  podSpec(each),
);
const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

/** An object of a small cluster: many names, owners and generations that may or may not fit together. */
const anyObject = fc
  .tuple(fc.constantFrom(podResource, replicaSets, deployments), fc.nat(2), fc.nat(2), fc.nat(1), fc.nat(3), fc.nat(1))
  .map(([resource, name, spec, generation, owner, ownerGeneration]) => {
    if (resource === podResource) {
      const of = owner === 3 ? undefined : (['ReplicaSet', `rs-${owner}`, ownerGeneration] as const);
      return { resource, object: made('Pod', `pod-${name}`, pick(specs, spec), generation, of) };
    }
    const template = { replicas: spec, template: { spec: pick(specs, spec) } };
    if (resource === deployments) return { resource, object: made('Deployment', `d-${name}`, template, generation) };
    const of = owner === 3 ? undefined : (['Deployment', `d-${owner}`, ownerGeneration] as const);
    return { resource, object: made('ReplicaSet', `rs-${name}`, template, generation, of) };
  });
type Placed = typeof anyObject extends fc.Arbitrary<infer T> ? T : never;

/** What a report tells, without the names of pods, of which any may be told. */
function told(ledger: ScanLedger): unknown {
  const { objects, recreateRisk = [] } = auditReport(ledger, facts);
  const of = objects
    .filter(({ findings }) => findings.length > 0)
    .map(({ object, findings }) => ({
      object,
      findings: findings
        .map(({ rule, message, pods, fingerprint }) => [rule, message, pods?.total ?? 0, fingerprint])
        .toSorted(),
    }));
  const key = (value: unknown): string => JSON.stringify(value);
  const sorted = <T>(list: readonly T[]): T[] => list.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
  return { of: sorted(of), risk: sorted(recreateRisk.map(({ owner, pods, rules }) => [owner, pods, rules])) };
}

function scanOf(objects: Iterable<Placed>): ScanLedger {
  const ledger = new ScanLedger(facts.policy, nowMs);
  for (const { resource, object } of objects) {
    if (resource === podResource) ledger.addPod(object, 'shop');
    else ledger.addWorkload(object, 'apps/v1', resource.kind, 'shop');
  }
  return ledger;
}

const keyOf = ({ resource, object }: Placed): string => `${resource.resource}/${object.metadata.name}`;

test('property: after any changes it holds what a scan of the same cluster finds', () => {
  const change = fc.oneof(
    { weight: 4, arbitrary: anyObject.map((placed) => ({ type: 'put' as const, placed })) },
    { weight: 1, arbitrary: anyObject.map((placed) => ({ type: 'remove' as const, placed })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(podResource, replicaSets, deployments), fc.array(anyObject, { maxLength: 6 }))
        .map(([resource, list]) => ({ type: 'list' as const, resource, list })),
    },
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const live = new LiveLedger(facts.policy, nowMs);
      const cluster = new Map<string, Placed>();
      let before = told(live.ledger());
      for (const each of changes) {
        const { changes: counted } = live;
        if (each.type === 'put') {
          live.put(each.placed.resource, each.placed.object);
          cluster.set(keyOf(each.placed), each.placed);
        } else if (each.type === 'remove') {
          live.remove(each.placed.resource, each.placed.object);
          cluster.delete(keyOf(each.placed));
        } else {
          live.beginList(each.resource);
          for (const [key, { resource }] of cluster) if (resource === each.resource) cluster.delete(key);
          for (const placed of each.list.filter(({ resource }) => resource === each.resource)) {
            live.put(placed.resource, placed.object);
            cluster.set(keyOf(placed), placed);
          }
          live.endList(each.resource);
        }
        const now = told(live.ledger());
        expect(now).toEqual(told(scanOf(cluster.values())));
        // Whoever writes only where something has changed must not miss anything.
        if (live.changes === counted) expect(now).toEqual(before);
        before = now;
      }
    }),
    { numRuns: 300 },
  );
});

const pod = (name: string, spec: Fields = { hostNetwork: true }) =>
  made('Pod', name, podSpec(spec), 0, ['ReplicaSet', 'rs-0', 0]);

test('a change of what nobody looks at is none, and alike pods are counted and named', () => {
  const live = new LiveLedger(facts.policy, nowMs);
  for (let index = 0; index < 12; index += 1) live.put(podResource, pod(`pod-${index}`));
  const { changes } = live;
  live.put(podResource, { ...pod('pod-0'), status: { phase: 'Running' } });
  expect(live.changes).toBe(changes);
  live.remove(podResource, pod('pod-1'));
  const [owner] = auditReport(live.ledger(), facts).objects;
  expect(owner?.findings[0]?.pods).toEqual({
    names: ['pod-0', ...Array.from({ length: 9 }, (_, index) => `pod-${index + 2}`)],
    total: 11,
  });
});

test('it takes on no more than its limits, and says so', () => {
  const byObjects = new LiveLedger(facts.policy, nowMs, { objects: 2 });
  for (const name of ['a', 'b']) byObjects.put(podResource, pod(name));
  expect(byObjects.isFull).toBe(false);
  byObjects.put(podResource, pod('c'));
  byObjects.put(podResource, pod('a', { hostPID: true }));
  expect(byObjects.isFull).toBe(true);
  const byKinds = new LiveLedger(facts.policy, nowMs, { kinds: 1 });
  byKinds.put(podResource, pod('a'));
  byKinds.put(podResource, pod('b'));
  expect(byKinds.isFull).toBe(false);
  byKinds.put(podResource, pod('c', { hostPID: true }));
  expect(byKinds.isFull).toBe(true);
  byKinds.remove(podResource, pod('a'));
  byKinds.remove(podResource, pod('b'));
  byKinds.put(podResource, pod('c', { hostPID: true }));
  expect(
    auditReport(byKinds.ledger(), facts).objects.flatMap(({ findings }) => findings.map(({ rule }) => rule)),
  ).toEqual(['host-pid']);
});
