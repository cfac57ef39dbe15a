import fc from 'fast-check';
import type { Operation } from 'fast-json-patch';
import jsonPatch from 'fast-json-patch';
import { stringify } from 'yaml';
import { readManifest } from '../../src/manifest/read.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Finding } from '../../src/policy/finding.ts';
import { countOf } from '../../src/policy/finding.ts';
import { repair } from '../../src/policy/fix.ts';
import { applyPatch, serializePatch } from '../../src/policy/json-patch.ts';
import { valueAt } from '../../src/policy/json.ts';
import { defaultPolicy, parsePolicy } from '../../src/policy/policy.ts';
import { arbitraryAnnotations, arbitraryContainer, arbitraryPodSpec } from '../support/arbitrary-pods.ts';
import type { Fields } from '../support/pods.ts';
import { container, list } from '../support/pods.ts';

const policy = defaultPolicy();
/** Every repair that there is. */
const repairing = parsePolicy({
  apiVersion: 'seawall.dev/v1alpha1',
  kind: 'Policy',
  metadata: { name: 'repairing' },
  spec: {
    rules: {
      'net-raw': { fix: true },
      'net-raw-default': { fix: true },
      'host-pid': { fix: true },
      'host-ipc': { fix: true },
    },
  },
});

const arbitraryPod = fc
  .tuple(arbitraryPodSpec, arbitraryAnnotations)
  .map(([spec, metadata]): Fields => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app', ...metadata }, spec }));

const findingsOf = (object: unknown, by = policy): readonly Finding[] => judge(object, by, 0).findings;

/** What a finding says, without where it stands. */
const essence = ({ rule, action, severity, container: name, message }: Finding): string =>
  JSON.stringify([rule, action, severity, name, message]);
const essences = (object: unknown): string[] => findingsOf(object).map(essence).toSorted();

test('the path of a finding resolves in the object', () => {
  fc.assert(
    fc.property(arbitraryPod, (pod) => {
      for (const object of [pod, list(pod, pod)]) {
        for (const { path } of findingsOf(object)) expect(valueAt(object, path)).toBeDefined();
      }
    }),
    { numRuns: 500 },
  );
});

test('where only some alike are kept, no kind of finding is lost, and they count as many', () => {
  const acted = ({ rule, action, severity, repairable }: Finding): string =>
    JSON.stringify([rule, action, severity, repairable]);
  fc.assert(
    fc.property(arbitraryPod, fc.integer({ min: 1, max: 3 }), (pod, maxAlike) => {
      const all = findingsOf(pod);
      const { findings } = judge(pod, policy, 0, { maxAlike });
      expect([...new Set(findings.map(acted))]).toEqual([...new Set(all.map(acted))]);
      expect(countOf(findings)).toBe(all.length);
      for (const kind of new Set(all.map(acted))) {
        const alike = findings.filter((each) => acted(each) === kind);
        expect(countOf(alike)).toBe(all.filter((each) => acted(each) === kind).length);
      }
    }),
    { numRuns: 500 },
  );
});

test('another benign container removes no finding', () => {
  fc.assert(
    fc.property(arbitraryPodSpec, (spec) => {
      const wider = { ...spec, containers: [container({ name: 'benign' }), ...(spec['containers'] as unknown[])] };
      const object = (podSpec: Fields): Fields => ({ apiVersion: 'v1', kind: 'Pod', spec: podSpec });
      expect(essences(object(wider))).toEqual(essences(object(spec)));
    }),
    { numRuns: 500 },
  );
});

test('the order of containers and volumes changes no finding', () => {
  fc.assert(
    fc.property(arbitraryPodSpec, (spec) => {
      const turned = Object.fromEntries(
        Object.entries(spec)
          .toReversed()
          .map(([key, value]) => [key, Array.isArray(value) ? value.toReversed() : value]),
      );
      const object = (podSpec: Fields): Fields => ({ apiVersion: 'v1', kind: 'Pod', spec: podSpec });
      expect(essences(object(turned))).toEqual(essences(object(spec)));
    }),
    { numRuns: 500 },
  );
});

test('a pod spec gets the same findings as a Pod, in a Deployment, in a CronJob, in a List, as YAML and as JSON', () => {
  const read = (text: string): unknown => {
    const [entry] = readManifest(text);
    if (entry?.ok !== true) throw new Error(entry === undefined ? 'no document' : entry.error.message);
    return entry.document.value;
  };
  fc.assert(
    fc.property(arbitraryPod, (pod) => {
      const { metadata, spec } = pod;
      const template = { metadata, spec };
      const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob', spec: { jobTemplate: { spec: { template } } } };
      const expected = essences(pod);
      expect(essences({ apiVersion: 'apps/v1', kind: 'Deployment', spec: { template } })).toEqual(expected);
      expect(essences(cronJob)).toEqual(expected);
      expect(essences(list(pod))).toEqual(expected);
      expect(essences(read(stringify(pod)))).toEqual(expected);
      expect(essences(read(JSON.stringify(pod)))).toEqual(expected);
      expect(essences(read(JSON.stringify(pod, undefined, 2)))).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('a repair silences its rules, applied twice is applied once, and is what an independent library makes of the patch', () => {
  fc.assert(
    fc.property(arbitraryPod, (pod) => {
      const mended = findingsOf(pod, repairing).filter(({ repairable }) => repairable);
      const { operations } = repair(pod, mended);
      const fixed = applyPatch(pod, operations);
      const again = findingsOf(fixed, repairing).filter(({ repairable }) => repairable);
      expect(again).toEqual([]);
      expect(applyPatch(fixed, repair(fixed, again).operations)).toEqual(fixed);
      const independent = jsonPatch.applyPatch(
        structuredClone(pod),
        JSON.parse(serializePatch(operations)) as Operation[],
      ).newDocument;
      expect(fixed).toEqual(independent);
    }),
    { numRuns: 500 },
  );
});

test('a repair touches host flags and capability lists, and nothing else', () => {
  const bare = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (key, inner: unknown) =>
        ['hostPID', 'hostIPC', 'capabilities'].includes(key) || (key === 'securityContext' && isEmptied(inner))
          ? undefined
          : inner,
      ),
    );
  fc.assert(
    fc.property(arbitraryPod, (pod) => {
      const fixed = applyPatch(pod, repair(pod, findingsOf(pod, repairing)).operations);
      expect(bare(fixed)).toEqual(bare(pod));
    }),
    { numRuns: 500 },
  );
});

/** A security context that holds nothing but capabilities, or nothing. */
function isEmptied(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).every((key) => key === 'capabilities'));
}

test('a repair never adds capabilities to a Windows pod', () => {
  fc.assert(
    fc.property(arbitraryContainer, (own) => {
      const pod = { apiVersion: 'v1', kind: 'Pod', spec: { os: { name: 'windows' }, containers: [own] } };
      expect(repair(pod, findingsOf(pod, repairing)).operations).toEqual([]);
    }),
  );
});
