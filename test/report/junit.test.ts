import { validateXML } from 'xmllint-wasm';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { junitReport } from '../../src/report/junit.ts';
import type { Report } from '../../src/report/report.ts';
import { hostileReport, hostileTexts, reportOf } from '../support/reports.ts';

const text = (report: Report): string => [...junitReport(report)].join('');
const schema = readFileSync(join(import.meta.dirname, '..', 'support', 'junit.xsd'), 'utf8');

async function problems(...documents: readonly string[]): Promise<readonly string[]> {
  const xml = documents.map((contents, index) => ({ fileName: `${index}.xml`, contents }));
  const { errors } = await validateXML({ xml, schema: [schema] });
  return errors.map(({ message }) => message);
}

const source = { file: 'a.yaml', line: 7, column: 3 };

test('a suite for each file, a case for each rule and owner', async () => {
  const xml = text(
    reportOf(
      [
        { place: { source } },
        { finding: { severity: 'critical', container: 'app', message: 'worse' }, place: { source } },
        {
          finding: { rule: 'host-pid', action: 'audit', message: 'sees "all" <processes>' },
          place: { source: { ...source, file: 'b.yaml' } },
        },
        { finding: { rule: 'host-ipc' }, place: { source, exemption: 'cni' } },
      ],
      {},
      2,
    ),
  );
  expect(xml).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="seawall" tests="4" failures="2" errors="0" time="0">
  <testsuite name="scan" tests="1" failures="0" errors="0" skipped="0" time="0">
    <testcase classname="scan" name="6 objects read" time="0"/>
  </testsuite>
  <testsuite name="a.yaml" tests="2" failures="1" errors="0" skipped="1" time="0">
    <testcase classname="a.yaml" name="host-network Pod default/web" time="0"><failure type="deny" message="critical: worse (and 1 more)">deny critical: worse
  at spec.hostNetwork, container app, a.yaml:7:3
  do: Remove it.
deny high: hostNetwork: true puts the pod on its node's network
  at spec.hostNetwork, a.yaml:7:3
  do: Remove it.</failure></testcase>
    <testcase classname="a.yaml" name="host-ipc Pod default/web" time="0"><skipped>exempted by cni</skipped></testcase>
  </testsuite>
  <testsuite name="b.yaml" tests="1" failures="1" errors="0" skipped="0" time="0">
    <testcase classname="b.yaml" name="host-pid Pod default/web" time="0"><failure type="audit" message="high: sees &quot;all&quot; &lt;processes&gt;">audit high: sees &quot;all&quot; &lt;processes&gt;
  at spec.hostNetwork, b.yaml:7:3
  do: Remove it.</failure></testcase>
  </testsuite>
</testsuites>
`);
  expect(await problems(xml)).toEqual([]);
});

test('what is in no file is in the suite of its namespace; a clean scan still has a case', async () => {
  expect(text(reportOf([{}], { cluster: 'prod' }))).toContain('<testsuite name="default" tests="1"');
  const object = { apiVersion: 'x.dev/v1', kind: 'Boss', namespace: '', name: 'a' };
  expect(text(reportOf([{ finding: { object } }]))).toContain('<testsuite name="(no namespace)" tests="1"');
  const clean = text(reportOf([], {}, 3));
  expect(clean).toContain('<testsuites name="seawall" tests="1" failures="0" errors="0" time="0">');
  expect(await problems(clean)).toEqual([]);
});

test('namesakes of two APIs are two cases, and told apart', async () => {
  const told = (apiVersion: string) => ({
    finding: { object: { apiVersion, kind: 'StatefulSet', namespace: 'default', name: 'db' } },
  });
  const xml = text(reportOf([told('apps/v1'), told('apps.kruise.io/v1beta1')]));
  expect(xml).toContain('<testsuite name="default" tests="2" failures="2"');
  expect(xml).toContain('name="host-network StatefulSet default/db (apps/v1)"');
  expect(xml).toContain('name="host-network StatefulSet default/db (apps.kruise.io/v1beta1)"');
  expect(await problems(xml)).toEqual([]);
});

test('what could not be judged is an error of the scan', async () => {
  const partial = [{ what: 'pods in a', reason: 'forbidden', unknown: 'its findings are unknown' }];
  const xml = text(reportOf([], { partial }));
  expect(xml).toContain(
    '<testcase classname="scan" name="0 objects read" time="0"><error type="partial" message="1 part could not be judged">pods in a: forbidden; its findings are unknown</error></testcase>',
  );
  expect(await problems(xml)).toEqual([]);
});

test('with hostile text in every field it is well-formed and right by the schema', async () => {
  expect(await problems('<testsuites><testcase/></testsuites>')).not.toEqual([]);
  expect(await problems(...hostileTexts.map(hostileReport).map(text))).toEqual([]);
});
