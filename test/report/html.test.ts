import { createHash } from 'node:crypto';
import { htmlReport } from '../../src/report/html.ts';
import { hostileReport, hostileTexts, reportOf } from '../support/reports.ts';
import { manyFindings } from '../support/many-findings.ts';

const nowMs = Date.UTC(2026, 10, 24, 8, 30);
const page = (report: Parameters<typeof htmlReport>[0]): string => htmlReport(report, { nowMs });

test('the first line is a sentence, and the counts follow', () => {
  const text = page(
    reportOf([{}, { finding: { rule: 'host-port', action: 'audit', severity: 'low' } }], { cluster: 'prod' }, 3),
  );
  expect(text).toMatch(/^<!doctype html>\n\s*<html lang="en">/);
  expect(text).toContain('<h1>1 workload can sniff the host network.</h1>');
  expect(text).toMatch(/Seawall report of prod, 2026-11-24 08:30 UTC\n/);
  expect(page(reportOf([], { namespace: 'shop' }, 1))).toContain('1 object judged in namespace shop alone: ');
  expect(text).toContain('5 objects judged: 1 denied, 0 warned, 1 audited, 3 clean.');
});

test('what is to be pasted keeps its lines', () => {
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
  const remedy = '- name: web\n  reason: <why>';
  const text = page(reportOf([{}], { recreateRisk: [{ owner, pods: 1, rules: ['host-network'], remedy }] }));
  expect(text).toContain('<pre>- name: web\n  reason: &lt;why&gt;\n</pre>');
});

test('the policy names the style and the script by the hash of what stands in the page, and allows nothing else', () => {
  const text = page(reportOf([{}]));
  const policy = (/http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1] ?? '').replaceAll(
    '&#39;',
    "'",
  );
  const hash = (tag: string): string => {
    const [, body = ''] = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(text) ?? [];
    return `'sha256-${createHash('sha256').update(body).digest('base64')}'`;
  };
  expect(policy).toBe(
    `default-src 'none'; style-src ${hash('style')}; script-src ${hash('script')}; base-uri 'none'; form-action 'none'`,
  );
  expect(text).not.toMatch(/\s(?:on\w+|style)="/);
  expect(text).not.toMatch(/(?:src|href)="(?!#)/);
});

test('hostile text ends no element: the page of each has the elements of a harmless one', () => {
  const tags = (text: string): readonly string[] => text.match(/<\/?[a-z][a-z0-9]*/gi) ?? [];
  const harmless = tags(page(hostileReport('x', 0)));
  for (const [index, text] of hostileTexts.entries()) {
    expect([text, tags(page(hostileReport(text, index)))]).toEqual([text, harmless]);
  }
});

test('the sections of an audit, and nothing of them for files', () => {
  const text = page(hostileReport('x', 0));
  for (const id of ['partial', 'deltas', 'coverage', 'risk', 'exemptions']) expect(text).toContain(`id="${id}"`);
  expect(page(reportOf([{}]))).not.toMatch(/class="box/);
});

test('what was not seen is not called harmless, and a policy without exemptions has none in use', () => {
  const quiet = { recreateRisk: [], exemptions: [] };
  const partial = [{ what: 'pods', reason: 'forbidden', unknown: 'what runs' }];
  expect(page(reportOf([], quiet, 1))).toContain('Nothing that runs would be refused if it were recreated');
  expect(page(reportOf([], { ...quiet, partial }, 1))).toContain('Nothing that was seen to run would be refused');
  expect(page(reportOf([], quiet, 1))).toContain('Exemptions: the policy has none');
});

test('5,000 findings make at most 2 MB, and each is a row', () => {
  const text = page(manyFindings(5000));
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2_000_000);
  const [, json = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(text) ?? [];
  expect((JSON.parse(json) as { rows: unknown[] }).rows).toHaveLength(5000);
});

test('past 20,000 findings the worst are in the page, and it says how many are not', () => {
  const text = page(manyFindings(20_010));
  expect(text).toContain('The worst 20000 findings are here; 10 more are not.');
});
