import { compareSeverities } from '../policy/finding.ts';
import { counted, describeObject, describeSource } from './describe.ts';
import { worstFirst } from './report-builder.ts';
import type { Report, ReportFinding } from './report.ts';
import { ownerOf } from './report.ts';
import { plainLine } from './terminal.ts';

interface Case {
  readonly name: string;
  /** Of the owner; kinds of two APIs may have one name. */
  readonly apiVersion: string;
  readonly findings: ReportFinding[];
  readonly exempted: ReportFinding[];
}

/**
 * JUnit XML as CI servers read it: a suite for each file, or namespace of a cluster, and a case for each rule and owner.
 * A finding fails its case, an exempted one skips it, and what could not be judged is an error.
 * Source: jenkins-junit.xsd of the Jenkins xUnit plug-in, which GitLab, GitHub actions and Azure Pipelines read too.
 */
export function* junitReport(report: Report): Generator<string> {
  const suites = suitesOf(report);
  const notJudged = problemsOf(report);
  const failures = total([...suites.values()], failed);
  const tests = [...suites.values()].reduce((sum, { size }) => sum + size, 0) + 1;
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  const errors = notJudged.length === 0 ? 0 : 1;
  yield `<testsuites${attributes({ name: 'seawall', tests, failures, errors, time })}>\n`;
  yield* scanSuite(report, notJudged);
  for (const [name, cases] of suites) yield* suite(name, [...cases.values()]);
  yield '</testsuites>\n';
}

/** The suite of the scan itself: CI servers take a report without any case for a run that was broken. */
function* scanSuite({ summary }: Report, notJudged: readonly string[]): Generator<string> {
  const errors = notJudged.length === 0 ? 0 : 1;
  const name = `${counted(summary.objects, 'object')} read`;
  yield `  <testsuite${attributes({ name: 'scan', tests: 1, failures: 0, errors, skipped: 0, time })}>\n`;
  yield `    <testcase${attributes({ classname: 'scan', name, time })}`;
  if (errors === 0) yield '/>\n';
  else {
    const message = `${counted(notJudged.length, 'part')} could not be judged`;
    yield `><error${attributes({ type: 'partial', message })}>${escapeXml(notJudged.join('\n'))}</error></testcase>\n`;
  }
  yield '  </testsuite>\n';
}

function* suite(name: string, cases: readonly Case[]): Generator<string> {
  const failures = cases.filter(failed).length;
  const counts = { tests: cases.length, failures, errors: 0, skipped: cases.length - failures, time };
  yield `  <testsuite${attributes({ name, ...counts })}>\n`;
  const namesakes = Map.groupBy(cases, (each) => each.name);
  for (const each of cases) {
    const isAlone = namesakes.get(each.name)?.length === 1;
    const own = isAlone ? each.name : `${each.name} (${each.apiVersion})`;
    const outcome = failed(each) ? failure(each.findings.toSorted(worstFirst)) : skipped(each.exempted);
    yield `    <testcase${attributes({ classname: name, name: own, time })}>${outcome}</testcase>\n`;
  }
  yield '  </testsuite>\n';
}

function failure(findings: readonly ReportFinding[]): string {
  const [worst] = findings;
  if (worst === undefined) return '';
  const severity = findings.map((each) => each.severity).toSorted(compareSeverities)[0] ?? worst.severity;
  const more = findings.length === 1 ? '' : ` (and ${findings.length - 1} more)`;
  const message = `${severity}: ${worst.message}${more}`;
  const body = findings.flatMap((each) => [
    `${each.action} ${each.severity}: ${each.message}`,
    `  at ${[each.path, each.container === undefined ? '' : `container ${each.container}`, each.source === undefined ? '' : describeSource(each.source)].filter((part) => part !== '').join(', ')}`,
    `  do: ${each.remedy}`,
  ]);
  return `<failure${attributes({ type: worst.action, message })}>${escapeXml(body.join('\n'))}</failure>`;
}

/** Text and no attributes: the older schemas know none. */
function skipped(exempted: readonly ReportFinding[]): string {
  const names = new Set(exempted.map(({ exemption }) => exemption ?? ''));
  return `<skipped>${escapeXml(`exempted by ${[...names].join(', ')}`)}</skipped>`;
}

function suitesOf(report: Report): ReadonlyMap<string, ReadonlyMap<string, Case>> {
  const suites = new Map<string, Map<string, Case>>();
  const caseOf = (finding: ReportFinding): Case => {
    // What is in no namespace needs a name all the same; no namespace has this one.
    const suiteName = finding.source?.file ?? (finding.object.namespace || '(no namespace)');
    const cases = suites.get(suiteName) ?? new Map<string, Case>();
    suites.set(suiteName, cases);
    const owner = ownerOf(finding);
    const { apiVersion } = owner;
    const name = `${finding.rule} ${describeObject(owner)}`;
    const key = JSON.stringify([name, apiVersion]);
    const found = cases.get(key) ?? { name, apiVersion, findings: [], exempted: [] };
    cases.set(key, found);
    return found;
  };
  for (const { findings, exempted } of report.objects) {
    for (const finding of findings) caseOf(finding).findings.push(finding);
    for (const finding of exempted) caseOf(finding).exempted.push(finding);
  }
  return suites;
}

function problemsOf({ errors, partial = [] }: Report): string[] {
  return [
    ...errors.map(({ message, source }) => (source === undefined ? '' : `${describeSource(source)}: `) + message),
    ...partial.map(({ what, reason, unknown }) => `${what}: ${reason}; ${unknown}`),
  ];
}

/** Some readers add the times up, and show NaN where one has none. */
const time = 0;

const failed = ({ findings }: Case): boolean => findings.length > 0;

function total(suites: readonly ReadonlyMap<string, Case>[], counts: (each: Case) => boolean): number {
  return suites.reduce((sum, cases) => sum + [...cases.values()].filter(counts).length, 0);
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value)).replaceAll('\n', '&#10;')}"`)
    .join('');
}

const entities: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
]);

/** Text as XML 1.0 can hold it: most control characters cannot even be escaped there, so they stand as `\u0000`. */
function escapeXml(text: string): string {
  return text
    .split('\n')
    .map((line) => plainLine(line, 10_000).replace(/[\ufffe\uffff]/g, '?'))
    .join('\n')
    .replace(/[&<>"]/g, (character) => entities.get(character) ?? character);
}
