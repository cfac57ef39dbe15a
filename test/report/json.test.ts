import { policyReportDocument } from '../../src/report/policy-report.ts';
import { jsonReport } from '../../src/report/json.ts';
import { sarifReport } from '../../src/report/sarif.ts';
import { yamlReport } from '../../src/report/yaml.ts';
import { hostileReport } from '../support/reports.ts';

test('half of a surrogate pair is U+FFFD, as some parsers refuse its escape; what only looks like one stays', () => {
  const report = hostileReport('a\ud800b \\ud800 \\\\ud83d 😀', 0);
  const texts = [
    jsonReport(report),
    yamlReport(report),
    sarifReport(report, '1.0.0').text,
    policyReportDocument(report, { nowMs: 0 }).text,
  ];
  // An even number of backslashes in front is text.
  for (const text of texts) expect(text).not.toMatch(/(?<!\\)(?:\\\\)*\\ud[89a-f]/);
  const told = JSON.parse(jsonReport(report)) as { findings: { object: { name: string } }[] };
  expect(told.findings[0]?.object.name).toBe('a\ufffdb \\ud800 \\\\ud83d 😀');
});
