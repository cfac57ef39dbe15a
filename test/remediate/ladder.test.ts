import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/policy/finding.ts';
import { asList, asObject } from '../../src/policy/json.ts';
import { applyPatch } from '../../src/policy/json-patch.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { knownKind } from '../../src/remediate/kinds.ts';
import type { ChosenStep, Refusal } from '../../src/remediate/ladder.ts';
import { chooseStep } from '../../src/remediate/ladder.ts';
import { offencesBy } from '../../src/remediate/offences.ts';
import type { Step, Wishes } from '../../src/remediate/situation.ts';
import { canonicalJson } from '../../src/remediate/spec-hash.ts';
import { capable, container, podSpec } from '../support/pods.ts';
import type { Fields } from '../support/pods.ts';

const rawTool = podSpec({ containers: [capable({ add: ['NET_RAW'] })] });
const onHost = podSpec({ hostNetwork: true });
const clean = podSpec();
const audited = podSpec({ containers: [container({ image: 'example.com/acme/my-tcpdump-viewer' })] });
const image = podSpec({
  containers: [{ ...asObject(asList(clean['containers'])[0]), image: 'docker.io/instrumentisto/nmap' }],
});

function workload(kind: string, spec: Fields, pod: Fields = onHost, status: Fields = {}): JsonObject {
  const apiVersion =
    kind === 'CronJob' || kind === 'Job' ? 'batch/v1' : kind === 'ReplicationController' ? 'v1' : 'apps/v1';
  const template = { metadata: { labels: { app: 'x' } }, spec: pod };
  const held = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
  return {
    apiVersion,
    kind,
    metadata: { name: 'x', namespace: 'shop', uid: 'uid-root', generation: 1 },
    spec: { ...held, ...spec },
    status: { observedGeneration: 1, ...status },
  };
}

function barePod(spec: Fields = onHost, status: Fields = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', namespace: 'shop', uid: 'uid-root' }, spec, status };
}

function podOf(spec: Fields, name = 'x-1'): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid: `uid-${name}` },
    spec: { ...spec, nodeName: 'node-a' },
    status: { phase: 'Running' },
  };
}

interface Case {
  readonly root: JsonObject;
  readonly pods?: readonly JsonObject[];
  readonly jobs?: readonly JsonObject[];
  readonly wishes?: Partial<Wishes>;
  readonly atLeast?: 'deny' | 'warn' | 'audit';
}

function choose({ root, pods, jobs = [], wishes, atLeast = 'deny' }: Case): ChosenStep | Refusal {
  const kind = knownKind({ apiVersion: String(root['apiVersion']), kind: String(root['kind']) });
  if (kind === undefined) throw new Error('an unknown kind');
  return chooseStep(
    {
      root,
      kind,
      pods: pods ?? (kind.kind === 'Pod' ? [root] : [podOf(asObject(onHost))]),
      jobs,
      offences: offencesBy(defaultPolicy(), 0, { rules: new Set(), atLeast }),
    },
    { fixHost: false, ...wishes },
    { nodes: [{ kind: 'Node', metadata: { name: 'node-a', uid: 'uid-node' }, spec: {} }] },
  );
}

/** Step and changes, a line each. */
function told(chosen: ChosenStep | Refusal): readonly string[] {
  if ('refusal' in chosen) return [`refused: ${chosen.refusal}`];
  return [chosen.step, ...chosen.changes.map(({ object, what }) => `${object.kind} ${object.name}: ${what}`)];
}

const parked = 'park: ask for nodes with the label seawall.dev/parked, of which there are none';
const fine = { replicas: 3, availableReplicas: 3, updatedReplicas: 3 };
const scaled = workload('Deployment', { replicas: 3 }, onHost, fine);
const rolling = workload('Deployment', { replicas: 3 }, rawTool, fine);

const table: readonly (readonly [string, Case, readonly string[]])[] = [
  ['a Deployment', { root: scaled }, ['suspend', 'Deployment x: scale to 0 (from 3)']],
  [
    'without a number of replicas',
    { root: workload('Deployment', {}) },
    ['suspend', 'Deployment x: scale to 0 (from 1)'],
  ],
  [
    'a StatefulSet',
    { root: workload('StatefulSet', { replicas: 2 }) },
    ['suspend', 'StatefulSet x: scale to 0 (from 2)'],
  ],
  ['a ReplicaSet', { root: workload('ReplicaSet', { replicas: 2 }) }, ['suspend', 'ReplicaSet x: scale to 0 (from 2)']],
  [
    'a ReplicationController',
    { root: workload('ReplicationController', { replicas: 2 }) },
    ['suspend', 'ReplicationController x: scale to 0 (from 2)'],
  ],
  ['a DaemonSet', { root: workload('DaemonSet', {}) }, ['suspend', `DaemonSet x: ${parked}`]],
  ['a CronJob', { root: workload('CronJob', { suspend: false }) }, ['suspend', 'CronJob x: suspend']],
  ['a Job', { root: workload('Job', {}) }, ['suspend', 'Job x: suspend']],
  [
    'a CronJob with a Job that runs',
    { root: workload('CronJob', {}), jobs: [{ ...workload('Job', {}), metadata: { name: 'x-1', uid: 'j' } }] },
    ['suspend', 'CronJob x: suspend', 'Job x-1: suspend'],
  ],
  [
    'a suspended CronJob with a Job that runs',
    {
      root: workload('CronJob', { suspend: true }),
      jobs: [{ ...workload('Job', {}), metadata: { name: 'x-1', uid: 'j' } }],
    },
    ['suspend', 'Job x-1: suspend'],
  ],
  ['a bare pod', { root: barePod() }, ['evict', 'Pod x: evict (nothing makes it anew)']],
  ['a bare pod that has ended', { root: barePod(onHost, { phase: 'Succeeded' }) }, ['report']],
  ['scaled to 0 already', { root: workload('Deployment', { replicas: 0 }), pods: [] }, ['report']],
  [
    'a clean template, and a pod that was changed behind its back',
    { root: workload('Deployment', { replicas: 2 }, clean, fine), pods: [podOf(clean, 'x-1'), podOf(onHost, 'x-2')] },
    ['evict', 'Pod x-2: evict'],
  ],
  [
    'what the policy warns of only',
    { root: workload('Deployment', {}, podSpec({ containers: [capable({})] })), pods: [], atLeast: 'audit' },
    ['annotate', 'Deployment x: annotate with net-raw-default'],
  ],
  [
    'what the policy audits only',
    { root: workload('Deployment', {}, audited), pods: [], atLeast: 'audit' },
    ['report'],
  ],
  [
    'nothing to remedy',
    { root: workload('Deployment', {}, clean), pods: [] },
    ['refused: the policy finds nothing to remedy on it; name a step (--step) to insist'],
  ],
  [
    'nothing, insisted',
    { root: workload('Deployment', {}, clean), pods: [], wishes: { step: 'suspend' } },
    ['suspend', 'Deployment x: scale to 0 (from 1)'],
  ],
  [
    'a StatefulSet whose volumes would go',
    { root: workload('StatefulSet', { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } }, rawTool) },
    ['fix', 'StatefulSet x: mend the template: dropped NET_RAW from app'],
  ],
  [
    'replicas that must stay',
    { root: rolling, wishes: { minHealthy: 3 } },
    ['fix', 'Deployment x: mend the template: dropped NET_RAW from app'],
  ],
  [
    'more replicas than are healthy',
    {
      root: workload('Deployment', { replicas: 3 }, rawTool, { ...fine, availableReplicas: 1 }),
      wishes: { minHealthy: 2 },
    },
    [
      'refused: no step works: suspend: 2 replicas are to stay healthy; fix: only 1 replicas are healthy now, and 2 are to stay so; evict: its controller would make the same pods anew from its template',
    ],
  ],
  [
    'the host network, where replicas must stay',
    { root: scaled, wishes: { minHealthy: 1 } },
    [
      'refused: no step works: suspend: 1 replicas are to stay healthy; fix: no change of fields mends host-network at spec.template.spec.hostNetwork (--fix-host would); evict: its controller would make the same pods anew from its template',
    ],
  ],
  [
    'the host network, asked for',
    { root: scaled, wishes: { minHealthy: 1, fixHost: true } },
    ['fix', 'Deployment x: mend the template: set hostNetwork to false'],
  ],
  [
    'an image that is a tool',
    { root: workload('Deployment', {}, image), wishes: { step: 'fix' }, atLeast: 'warn' },
    ['refused: fix: no change of fields mends network-tool-image at spec.template.spec.containers[0].image'],
  ],
  [
    'a paused Deployment',
    { root: workload('Deployment', { paused: true }, rawTool), wishes: { step: 'fix' } },
    ['refused: fix: it is paused, and would not roll out a mended template'],
  ],
  [
    'a DaemonSet that replaces nothing by itself',
    { root: workload('DaemonSet', { updateStrategy: { type: 'OnDelete' } }, rawTool), wishes: { step: 'fix' } },
    ['fix', 'DaemonSet x: mend the template: dropped NET_RAW from app', 'Pod x-1: evict'],
  ],
  [
    'a delete of an owned pod',
    { root: scaled, wishes: { step: 'delete' } },
    ['refused: delete: only a pod that nothing owns is deleted: the owner of any other would make it anew'],
  ],
  [
    'a delete of a bare pod',
    { root: barePod(), wishes: { step: 'delete' } },
    ['delete', 'Pod x: delete (nothing makes it anew)'],
  ],
  [
    'an eviction that would help nothing',
    { root: scaled, wishes: { step: 'evict' } },
    ['refused: evict: its controller would make the same pods anew from its template'],
  ],
  [
    'a quarantine of the host network',
    { root: scaled, wishes: { step: 'quarantine' } },
    [
      'refused: quarantine: a NetworkPolicy does not bind pods on the host network: it would change nothing; suspend, fix, evict or cordon instead',
    ],
  ],
  [
    'a quarantine',
    { root: rolling, wishes: { step: 'quarantine' } },
    ['quarantine', 'NetworkPolicy seawall-quarantine-uid-root: create a policy that allows its pods nothing'],
  ],
  ['a cordon', { root: scaled, wishes: { step: 'cordon' } }, ['cordon', 'Node node-a: cordon']],
  [
    'an annotation',
    { root: scaled, wishes: { step: 'annotate' } },
    ['annotate', 'Deployment x: annotate with host-network'],
  ],
];

describe('the ladder', () => {
  test.each(table)('%s', (_, given, expected) => {
    expect(told(choose(given))).toEqual(expected);
  });

  test.each(table)('%s: the inverse brings every spec back', (_, given) => {
    const chosen = choose(given);
    const changes = 'refusal' in chosen ? [] : chosen.changes;
    const objects = [given.root, ...(given.jobs ?? [])];
    for (const change of changes) {
      const before = objects.find((each) => asObject(each['metadata'])['name'] === change.object.name);
      if (change.kind !== 'patch' || before === undefined || change.operations.length === 0) continue;
      const after = applyPatch(before, change.operations);
      expect(canonicalJson(after)).not.toBe(canonicalJson(before));
      expect(canonicalJson(applyPatch(after, change.undo))).toBe(canonicalJson(before));
    }
  });

  test('every step of the ladder is chosen somewhere in the table', () => {
    const seen = new Set(table.map(([, given]) => told(choose(given))[0]));
    const all: readonly Step[] = ['report', 'annotate', 'suspend', 'fix', 'evict', 'delete', 'quarantine', 'cordon'];
    expect(all.filter((step) => !seen.has(step))).toEqual([]);
  });
});
