// What CI servers make of a JUnit report: read by a program that is not ours, and held to what the servers go by.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { junitReport } from '../../src/report/junit.ts';
import type { Report } from '../../src/report/report.ts';
import { findGoProgram } from '../support/go-program.ts';
import { hostileReport, hostileTexts, reportOf } from '../support/reports.ts';

interface Suite {
  readonly name: string;
  /** Its attributes. */
  readonly properties: Readonly<Record<string, string>>;
  readonly tests: readonly {
    readonly name: string;
    readonly classname: string;
    readonly status: 'passed' | 'skipped' | 'failed' | 'error';
    readonly message: string;
    readonly error: { readonly type: string; readonly body: string } | null;
    readonly properties: Readonly<Record<string, string>>;
  }[];
  /** What the reader has counted itself. */
  readonly totals: Readonly<Record<'tests' | 'passed' | 'skipped' | 'failed' | 'error', number>>;
}

const reader = findGoProgram(join(import.meta.dirname, '..', 'junit-reader'));

function read(report: Report): readonly Suite[] {
  if ('missing' in reader) throw new Error(reader.missing);
  const { status, stdout, stderr } = spawnSync(reader.path, {
    input: [...junitReport(report)].join(''),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Suite[];
}

const source = { file: 'deploy/web.yaml', line: 7, column: 3 };
const mixed = reportOf(
  [
    { place: { source } },
    { finding: { rule: 'host-pid', message: 'first' }, place: { source } },
    { finding: { rule: 'host-pid', message: 'second' }, place: { source } },
    { finding: { rule: 'host-ipc' }, place: { source, exemption: 'cni' } },
    { finding: { rule: 'host-ipc' } },
  ],
  { partial: [{ what: 'pods in a', reason: 'forbidden', unknown: 'its findings' }] },
  3,
);
const reports: readonly (readonly [string, Report])[] = [
  ['of everything', mixed],
  ['of a clean scan', reportOf([], {}, 3)],
  ...hostileTexts.map((text, index) => [`with ${JSON.stringify(text)}`, hostileReport(text, index)] as const),
];

const suite = 'path' in reader ? describe : describe.skip;
suite(`JUnit as CI servers read it${'missing' in reader ? `: ${reader.missing}` : ''}`, () => {
  test('cases, failures, errors and what was skipped are those of the report', () => {
    const view = read(mixed).map(({ name, tests }) => ({
      name,
      tests: tests.map(({ name: own, status, message }) => [own, status, message]),
    }));
    expect(view).toEqual([
      { name: 'scan', tests: [['8 objects read', 'error', '1 part could not be judged']] },
      {
        name: 'deploy/web.yaml',
        tests: [
          ['host-network Pod default/web', 'failed', "high: hostNetwork: true puts the pod on its node's network"],
          ['host-pid Pod default/web', 'failed', 'high: first (and 1 more)'],
          ['host-ipc Pod default/web', 'skipped', ''],
        ],
      },
      {
        name: 'default',
        tests: [['host-ipc Pod default/web', 'failed', "high: hostNetwork: true puts the pod on its node's network"]],
      },
    ]);
    // GitLab shows the text of a failure, and no attribute of it.
    expect(read(mixed)[1]?.tests[1]?.error?.body).toContain('do: Remove it.');
  });

  // Jenkins and Azure show what they count themselves, others what is declared.
  test.each(reports)('%s: what each suite declares is what the reader counts', (_, report) => {
    for (const { properties, totals } of read(report)) {
      const declared = ['tests', 'failures', 'errors', 'skipped'].map((name) => Number(properties[name]));
      expect(declared).toEqual([totals.tests, totals.failed, totals.error, totals.skipped]);
    }
  });

  // GitLab and Jenkins know a case by suite, class and name from one run to the next: of two alike they keep one.
  test.each(reports)('%s: each case is known by its names', (_, report) => {
    const keys = read(report).flatMap(({ name, tests }) =>
      tests.map((each) => [name, each.classname, each.name].join('\n')),
    );
    expect(keys.length).toBeGreaterThan(0);
    expect(new Set(keys).size).toBe(keys.length);
  });

  // dorny/test-reporter of GitHub adds the times up, and shows NaN where one has none.
  test.each(reports)('%s: suites and cases have a time', (_, report) => {
    for (const { properties, tests } of read(report)) {
      const times = [properties, ...tests.map((each) => each.properties)].map(({ time }) => parseFloat(time ?? ''));
      expect(times.filter(Number.isNaN)).toEqual([]);
    }
  });
});
