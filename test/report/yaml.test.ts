import { parse } from 'yaml';
import { jsonReport } from '../../src/report/json.ts';
import { yamlReport } from '../../src/report/yaml.ts';
import { hostileReport, hostileTexts, reportOf } from '../support/reports.ts';

test('the same document as the JSON report', () => {
  const report = reportOf([{ place: { source: { file: 'a.yaml', line: 7, column: 3 } } }]);
  expect(yamlReport(report)).toBe(`apiVersion: seawall.dev/v1alpha1
kind: Report
summary:
  objects: 1
  denied: 1
  warned: 0
  audited: 0
  exempted: 0
  errors: 0
findings:
  - rule: host-network
    action: deny
    severity: high
    object:
      apiVersion: v1
      kind: Pod
      namespace: default
      name: web
    path: spec.hostNetwork
    message: "hostNetwork: true puts the pod on its node's network"
    remedy: Remove it.
    source:
      file: a.yaml
      line: 7
      column: 3
    fingerprint: ${report.objects[0]?.findings[0]?.fingerprint ?? ''}
exempted: []
errors: []
`);
});

test.each(['1.1', '1.2'] as const)(
  'read as YAML %s, hostile text is the text that it was, and nothing a terminal obeys',
  (version) => {
    for (const text of [
      ...hostileTexts,
      'on',
      'no',
      '1e3',
      '0o17',
      '1:30',
      '2026-01-01',
      '~',
      '!!js/function',
      '*a',
      '&a',
      '<<',
      '# c',
      'a: b',
      '- a',
      '%',
      '|',
      '>',
      '? a',
      'null',
      '1_000',
      '0x1f',
      '.inf',
    ]) {
      const report = hostileReport(text, 0);
      const yaml = yamlReport(report);
      expect(yaml).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028]/);
      const options = { version, merge: version === '1.1', schema: version === '1.1' ? 'yaml-1.1' : 'core' } as const;
      expect(parse(yaml, options)).toEqual(JSON.parse(jsonReport(report)));
    }
  },
);
