import { ruleDefinitions } from '../../src/policy/rules/index.ts';
import { policyReportDocument, policyReportLimits, policyReports } from '../../src/report/policy-report.ts';
import type { PolicyReportObject } from '../../src/report/policy-report.ts';
import { hostileReport, hostileTexts, reportOf } from '../support/reports.ts';

const nowMs = Date.UTC(2026, 10, 24, 12, 0, 0, 250);
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u-1' };

test('one object for each namespace, with the fields that its readers look for', () => {
  const report = reportOf([
    { finding: { container: 'app' }, place: { owner, image: 'nginx', pods: { names: ['web-1'], total: 3 } } },
    { finding: { action: 'audit' } },
    { place: { exemption: 'cni' } },
  ]);
  const objects = policyReports(report, { api: 'wgpolicy', nowMs });
  expect(objects.map(({ metadata, summary }) => [metadata.namespace, metadata.name, summary])).toEqual([
    ['default', 'seawall-0', { pass: 0, fail: 0, warn: 1, error: 0, skip: 0 }],
    ['shop', 'seawall-0', { pass: 0, fail: 1, warn: 0, error: 0, skip: 0 }],
  ]);
  expect(objects[1]).toEqual({
    apiVersion: 'wgpolicyk8s.io/v1alpha2',
    kind: 'PolicyReport',
    metadata: { name: 'seawall-0', namespace: 'shop', labels: { 'app.kubernetes.io/managed-by': 'seawall' } },
    summary: { pass: 0, fail: 1, warn: 0, error: 0, skip: 0 },
    results: [
      {
        source: 'seawall',
        policy: 'host-network',
        rule: 'host-network',
        category: 'Host namespaces',
        severity: 'high',
        result: 'fail',
        message: "hostNetwork: true puts the pod on its node's network",
        timestamp: { seconds: 1_795_521_600, nanos: 250_000_000 },
        resources: [owner],
        properties: {
          resultID: report.objects.flatMap(({ findings }) => findings)[0]?.fingerprint,
          action: 'deny',
          path: 'spec.hostNetwork',
          remedy: 'Remove it.',
          container: 'app',
          image: 'nginx',
          pods: '3',
        },
      },
    ],
  });
});

test('OpenReports differ in kind, version and source', () => {
  const [object] = policyReports(reportOf([{}]), { api: 'openreports', nowMs });
  expect(object).toMatchObject({ apiVersion: 'openreports.io/v1alpha1', kind: 'Report', source: 'seawall' });
});

test('categories are those of the rules', () => {
  const told = ruleDefinitions.map(({ id }) => ({ finding: { rule: id } }));
  const results = policyReports(reportOf(told), { api: 'wgpolicy', nowMs }).flatMap((object) => object.results);
  expect(results.map(({ rule, category }) => [rule, category])).toEqual(
    expect.arrayContaining(ruleDefinitions.map(({ id, category }) => [id, category])),
  );
});

/** Findings on that many owners of one namespace, each with a long message. */
const many = (owners: number, each: number) =>
  reportOf(
    Array.from({ length: owners * each }, (_, index) => ({
      finding: {
        message: `${String(index).padStart(6)} ${'m'.repeat(300)}`,
        action: index % 50 === 0 ? ('deny' as const) : ('warn' as const),
      },
      place: { owner: { ...owner, name: `web-${index % owners}`, uid: `u-${index % owners}` } },
    })),
  );

const size = (object: PolicyReportObject): number => Buffer.byteLength(JSON.stringify(object));

test('5,000 findings stay within the budget, none is lost, and an owner is in one object', () => {
  const objects = policyReports(many(1000, 5), { api: 'wgpolicy', nowMs });
  for (const object of objects) {
    expect(size(object)).toBeLessThanOrEqual(policyReportLimits.bytes);
    expect(object.results.length).toBeLessThanOrEqual(policyReportLimits.results);
    expect(object.summary.fail + object.summary.warn).toBe(object.results.length);
  }
  const results = objects.flatMap((object) => object.results);
  expect(new Set(results.map(({ properties }) => properties['resultID'])).size).toBe(5000);
  const placed = objects.flatMap((object, index) =>
    object.results.map(({ resources }) => `${resources[0]?.uid ?? ''} ${index}`),
  );
  expect(new Set(placed).size).toBe(1000);
  expect(new Set(objects.map(({ metadata }) => metadata.name)).size).toBe(objects.length);
});

test('an owner too large for one object keeps its worst, with the true totals and a word about the rest', () => {
  const objects = policyReports(many(1, 700), { api: 'wgpolicy', nowMs });
  expect(objects).toHaveLength(1);
  const [object] = objects;
  const results = object?.results ?? [];
  expect(object?.summary).toEqual({ pass: 0, fail: 14, warn: 686, error: 0, skip: 0 });
  expect(results.length).toBeLessThanOrEqual(policyReportLimits.results);
  expect(results.filter(({ result }) => result === 'fail')).toHaveLength(14);
  expect(results[0]?.properties['truncated']).toBe(`${700 - results.length} more findings are not in this object`);
  expect(object === undefined ? Infinity : size(object)).toBeLessThanOrEqual(policyReportLimits.bytes);
});

test('what does not fit is told in a line, and nothing where all fits', () => {
  expect(policyReportDocument(many(1, 10), { nowMs }).note).toBeUndefined();
  expect(policyReportDocument(many(1, 700), { nowMs }).note).toMatch(
    /^policyreport: \d{3} of 700 findings are in it, the worst of each object; it can hold no more$/,
  );
});

test('the order of the scan does not show', () => {
  const told = Array.from({ length: 40 }, (_, index) => ({ finding: { subject: `${index}` }, place: { owner } }));
  const objects = (list: typeof told) => policyReports(reportOf(list), { api: 'wgpolicy', nowMs });
  expect(objects(told.toReversed())).toEqual(objects(told));
});

test('printed they are one List; two findings with one message have two ids; properties are strings', () => {
  const twice = reportOf([{ place: { owner } }, { place: { owner: { ...owner, name: 'other', uid: 'u-2' } } }]);
  for (const report of [twice, ...hostileTexts.map(hostileReport)]) {
    const list = JSON.parse(policyReportDocument(report, { nowMs }).text) as {
      kind: string;
      items: PolicyReportObject[];
    };
    expect(list.kind).toBe('List');
    const results = list.items.flatMap((object) => object.results);
    expect(results.length).toBeGreaterThan(0);
    expect(new Set(results.map(({ properties }) => properties['resultID'])).size).toBe(results.length);
    for (const value of results.flatMap(({ properties }) => Object.values(properties)))
      expect(typeof value).toBe('string');
  }
});
