import { ScanLedger } from '../../src/audit/scan-ledger.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import type { Report } from '../../src/report/report.ts';
import type { Fields } from '../support/pods.ts';
import { container, podSpec } from '../support/pods.ts';
import type { Reference } from './ledger-under-test.ts';
import { deployment, makeLedger, nowMs, reference, replicaSet, uidOf } from './ledger-under-test.ts';

/** Each finding in a line: rule, object with path, owner, pods. */
function told(report: Report): string[] {
  return report.objects.flatMap(({ object: root, findings }) =>
    findings.map(({ rule, object, path, owner, pods }) => {
      const seen = pods === undefined ? 'no pods' : `${pods.names.join(' ')} of ${pods.total}`;
      if (owner !== undefined) expect(owner).toEqual(root);
      const of = owner === undefined ? 'itself' : `${owner.kind} ${owner.name}`;
      return `${rule}: ${object.kind} ${object.name} ${path}, of ${of}, ${seen}`;
    }),
  );
}

const hostNetwork = { hostNetwork: true };
const template = { template: { spec: podSpec(hostNetwork) } };

test('one finding for a Deployment, its ReplicaSet and all of its pods; the old revisions are silent', () => {
  const { pod, workload, report } = makeLedger();
  for (let index = 0; index < 12; index += 1) pod(`web-1-${index}`, hostNetwork, replicaSet);
  workload(deployment, { replicas: 12, ...template });
  workload(replicaSet, { replicas: 12, ...template }, deployment);
  const old = { replicas: 0, template: { spec: podSpec({ hostPID: true }) } };
  workload(reference('apps/v1', 'ReplicaSet', 'web-0'), old, deployment);
  const result = report();
  const names = Array.from({ length: 10 }, (_, index) => `web-1-${index}`).join(' ');
  expect(told(result)).toEqual([
    `host-network: Deployment web spec.template.spec.hostNetwork, of itself, ${names} of 12`,
  ]);
  expect(result.summary).toMatchObject({ objects: 1, denied: 1 });
  expect(result.objects[0]?.object).toEqual({ ...deployment, namespace: 'shop', uid: 'uid-Deployment-web' });
  expect(result.recreateRisk).toMatchObject([
    { owner: { kind: 'Deployment', name: 'web' }, pods: 12, rules: ['host-network'] },
  ]);
});

test('what only a pod has, because admission put it there, is told at the pod and its owner', () => {
  const { pod, workload, report } = makeLedger();
  const injected = container({ name: 'injected', securityContext: { privileged: true } });
  pod('web-1-a', { containers: [container(), injected] }, replicaSet);
  workload(deployment, { template: { spec: podSpec() } });
  workload(replicaSet, { template: { spec: podSpec() } }, deployment);
  expect(told(report())).toEqual([
    'privileged: Pod web-1-a spec.containers[1].securityContext.privileged, of Deployment web, web-1-a of 1',
  ]);
});

test.each<[string, Reference | undefined, string]>([
  ['nobody', undefined, 'Pod alone spec.hostNetwork, of itself'],
  ['a kind that nobody lists', reference('example.com/v1', 'Widget', 'w'), 'Pod alone spec.hostNetwork, of Widget w'],
  [
    'a listed object in another version',
    reference('apps/v1beta1', 'ReplicaSet', 'web-1'),
    'Pod alone spec.hostNetwork, of Deployment web',
  ],
  [
    'an object that has gone',
    reference('apps/v1', 'ReplicaSet', 'gone'),
    'Pod alone spec.hostNetwork, of ReplicaSet gone',
  ],
])('a pod of %s', (_, controller, expected) => {
  const { pod, workload, report } = makeLedger();
  pod('alone', hostNetwork, controller);
  workload(deployment, { template: { spec: podSpec() } });
  workload(replicaSet, { template: { spec: podSpec() } }, deployment);
  expect(told(report())).toEqual([`host-network: ${expected}, alone of 1`]);
});

/** A pod with owner references of its own making. */
function podOwnedBy(name: string, ownerReferences: readonly Fields[]): Fields {
  return { metadata: { namespace: 'shop', name, uid: name, ownerReferences }, spec: podSpec(hostNetwork) };
}

test('a reference to the uid of another object, under a name of its own, leads nowhere', () => {
  const { ledger, workload, report } = makeLedger();
  workload(deployment, { template: { spec: podSpec() } });
  ledger.addPod(podOwnedBy('p', [{ ...deployment, name: 'liar', controller: true, uid: uidOf(deployment) }]), 'shop');
  expect(told(report())).toEqual(['host-network: Pod p spec.hostNetwork, of Deployment liar, p of 1']);
});

test('owners in a circle, and an owner that is no controller', () => {
  const { ledger, pod, workload, report } = makeLedger();
  workload(deployment, {}, replicaSet);
  workload(replicaSet, {}, deployment);
  pod('a', hostNetwork, replicaSet);
  ledger.addPod(podOwnedBy('b', [{ ...deployment, uid: uidOf(deployment) }]), 'shop');
  expect(told(report())).toEqual([
    'host-network: Pod b spec.hostNetwork, of itself, b of 1',
    expect.stringMatching(/^host-network: Pod a spec.hostNetwork, of (Deployment web|ReplicaSet web-1), a of 1$/),
  ]);
});

const node = { ...reference('v1', 'Node', 'node-a'), uid: 'node-uid' };
const mirrorPod = {
  namespace: 'kube-system',
  name: 'etcd-node-a',
  annotations: { 'kubernetes.io/config.mirror': 'hash' },
  ownerReferences: [{ ...node, controller: true }],
};

test.each<[string, Fields, boolean]>([
  ['the kubelet', mirrorPod, false],
  ['someone who forgot the owner', { ...mirrorPod, ownerReferences: [] }, true],
  ['someone who forgot the annotation', { ...mirrorPod, annotations: {} }, true],
  ['someone who gives another name', { ...mirrorPod, name: 'etcd' }, true],
])('a mirror pod of %s', (_, metadata, atRisk) => {
  const { ledger, report } = makeLedger();
  ledger.addPod({ metadata, spec: podSpec({ ...hostNetwork, nodeName: 'node-a' }) }, 'kube-system');
  const { objects, recreateRisk } = report();
  expect(objects).toHaveLength(1);
  if (!atRisk) expect(objects[0]?.object).toEqual({ ...node, namespace: '' });
  expect(recreateRisk).toHaveLength(atRisk ? 1 : 0);
});

const ended = { status: { conditions: [{ type: 'Failed', status: 'True' }] } };

test.each<[string, (scan: ReturnType<typeof makeLedger>) => void, readonly number[]]>([
  ['a pod that has ended', ({ pod }) => pod('p', hostNetwork, undefined, { status: { phase: 'Succeeded' } }), []],
  ['a pod that runs', ({ pod }) => pod('p', hostNetwork, undefined, { status: { phase: 'Running' } }), [1]],
  ['a Deployment of no replicas', ({ workload }) => workload(deployment, { replicas: 0, ...template }), []],
  ['a Deployment whose pods were never made', ({ workload }) => workload(deployment, template), [0]],
  ['a PodTemplate', ({ workload }) => workload(reference('v1', 'PodTemplate', 'p'), {}, undefined, template), []],
  [
    'a Job that has ended',
    ({ workload }) => workload(reference('batch/v1', 'Job', 'j'), template, undefined, ended),
    [],
  ],
  ['what a policy only warns of', ({ pod }) => pod('p', { containers: [{ name: 'a', image: 'b' }] }), []],
])('the recreate risk of %s', (_, fill, pods) => {
  const scan = makeLedger();
  fill(scan);
  expect(scan.report().recreateRisk?.map((each) => each.pods)).toEqual(pods);
});

test('memory: nothing is kept of a pod that has an owner and the findings of the one before', () => {
  const { ledger, pod } = makeLedger();
  for (let index = 0; index < 1_000; index += 1) pod(`p-${index}`, hostNetwork, replicaSet);
  const [record, ...others] = ledger.records();
  expect(others).toEqual([]);
  expect(record?.entries).toHaveLength(1);
  expect(record?.entries[0]).toMatchObject({ pods: 1_000, names: { length: 10 } });
});

test('two containers that are alike in all but their place are two findings', () => {
  const { pod, report } = makeLedger();
  const same = container({ securityContext: { privileged: true } });
  pod('p-1', { containers: [same, same] }, deployment);
  pod('p-2', { containers: [same, same] }, deployment);
  const findings = report().objects.flatMap((each) => each.findings);
  expect(findings.map(({ path, pods }) => `${path} ${pods?.total}`)).toEqual([
    'spec.containers[0].securityContext.privileged 2',
    'spec.containers[1].securityContext.privileged 2',
  ]);
  expect(new Set(findings.map(({ fingerprint }) => fingerprint)).size).toBe(2);
});

test('no replicas make an old revision of nothing but what a Deployment or its like controls', () => {
  const scaledDown = { replicas: 0, template: { spec: podSpec(hostNetwork) } };
  const own = reference('corp.dev/v1', 'App', 'boss');
  for (const [kind, name, controller] of [
    ['Deployment', 'judged', own],
    ['StatefulSet', 'judged', deployment],
    ['ReplicaSet', 'judged', own],
    ['ReplicaSet', 'silent', deployment],
  ] as const) {
    const scan = makeLedger();
    scan.workload(reference('apps/v1', kind, name), scaledDown, controller);
    expect(scan.report().objects).toHaveLength(name === 'judged' ? 1 : 0);
  }
});

test.each([
  ['an image that is a pattern', '**', '  images: [] # one is no plain name: write what you mean'],
  ['an image with braces', 'a/{b,c}', '  images: [] # one is no plain name: write what you mean'],
  ['a plain image', 'corp.example/app:1', '  images: ["corp.example/app"]'],
])('the exemption to fill in for %s', (_what, image, line) => {
  const { pod, report } = makeLedger();
  pod('p', { hostNetwork: true, containers: [container({ image })] });
  const lines = (report().recreateRisk?.[0]?.remedy ?? '').split('\n');
  expect(lines.filter((each) => each.startsWith('  images'))).toEqual([line]);
});

test('clean owners and clean pods are counted', () => {
  const { pod, workload, report } = makeLedger();
  pod('bare', {});
  pod('web-1-a', {}, replicaSet);
  pod('web-1-b', {}, replicaSet);
  workload(deployment, { template: { spec: podSpec() } });
  workload(replicaSet, { template: { spec: podSpec() } }, deployment);
  expect(report().summary).toEqual({ objects: 2, denied: 0, warned: 0, audited: 0, exempted: 0, errors: 0 });
});

test('names of objects that a program would trip over are names like others', () => {
  const ledger = new ScanLedger(defaultPolicy(), nowMs);
  for (const name of ['__proto__', 'constructor']) {
    const owner = { apiVersion: 'v1', kind: '__proto__', name, uid: name, controller: true };
    ledger.addPod(podOwnedBy(name, [owner]), 'shop');
  }
  expect(ledger.records().map(({ owner }) => owner.name)).toEqual(['__proto__', 'constructor']);
});
