import { gunzipSync, gzipSync } from 'node:zlib';
import { ruleDefinitions } from '../../src/policy/rules/index.ts';
import { sarifLimits, sarifReport } from '../../src/report/sarif.ts';
import type { Report, ReportContext } from '../../src/report/report.ts';
import { hostileReport, hostileTexts, reportOf } from '../support/reports.ts';
import { sarifProblems } from '../support/sarif-schema.ts';

interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly {
    readonly physicalLocation: { readonly artifactLocation: { readonly uri: string }; readonly region: object };
    readonly logicalLocations: readonly object[];
  }[];
  readonly partialFingerprints: object;
}

interface Log {
  readonly runs: readonly {
    readonly tool: {
      readonly driver: {
        readonly rules: readonly {
          readonly id: string;
          readonly help: { readonly text: string };
          readonly properties: Readonly<Record<string, unknown>>;
        }[];
      };
    };
    readonly results: readonly Result[];
    readonly automationDetails: object;
    readonly invocations: readonly object[];
    readonly properties: Readonly<Record<string, unknown>>;
  }[];
}

function logOf(report: Report): Log {
  return JSON.parse(sarifReport(report, '1.2.3').text) as Log;
}

const source = { file: './deploy/web app.yaml', line: 7, column: 3 };

test('a result says the rule, the place in the file and in the cluster, and what to do', () => {
  const [run] = logOf(reportOf([{ finding: { container: 'app' }, place: { source } }])).runs;
  expect(run?.results).toEqual([
    {
      ruleId: 'host-network',
      ruleIndex: 0,
      level: 'error',
      message: {
        text: "Pod default/web, container app: hostNetwork: true puts the pod on its node's network. Remove it.",
      },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'deploy/web%20app.yaml' },
            region: { startLine: 7, startColumn: 3 },
          },
          logicalLocations: [{ name: 'app', fullyQualifiedName: 'default/Pod/web/app', kind: 'resource' }],
        },
      ],
      partialFingerprints: { primaryLocationLineHash: expect.stringMatching(/^[0-9a-f]{32}:1$/) as unknown },
      properties: { severity: 'high', path: 'spec.hostNetwork' },
    },
  ]);
  expect(run?.automationDetails).toEqual({ id: 'seawall/files/' });
});

test('nobody who names a thing can put a link into a message', () => {
  const messageOf = (message: string) => {
    const [run] = logOf(reportOf([{ finding: { message } }])).runs;
    return (run?.results[0] as { readonly message: { readonly text: string } }).message.text;
  };
  expect(messageOf('mounts /etc/[fix](https://evil)')).toContain('mounts /etc/\\[fix\\](https://evil)');
  expect(messageOf('drop: [CAP_NET_RAW]')).toContain('drop: [CAP_NET_RAW]');
});

test('what stands in no file has a place all the same, by its owner', () => {
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u-1' };
  const [run] = logOf(
    reportOf([{ place: { owner, pods: { names: ['web-1'], total: 3 } } }], { cluster: 'prod eu/1' }),
  ).runs;
  expect(run?.results[0]?.locations[0]?.physicalLocation).toEqual({
    artifactLocation: { uri: 'cluster/prod%20eu%2F1/shop/Deployment/web.yaml' },
    region: { startLine: 1 },
  });
  expect(run?.automationDetails).toEqual({ id: 'seawall/prod%20eu%2F1/' });
});

test.each([
  ['<stdin>', 'stdin'],
  ['/srv/a b.yaml', 'file:///srv/a%20b.yaml'],
  ['C:\\deploy\\a.yaml', 'file:///C%3A/deploy/a.yaml'],
  ['../other/#1?.yaml', '../other/%231%3F.yaml'],
])('the file %s is the URI %s', (file, uri) => {
  const [run] = logOf(reportOf([{ place: { source: { ...source, file } } }])).runs;
  expect(run?.results[0]?.locations[0]?.physicalLocation.artifactLocation.uri).toBe(uri);
});

test('every rule is described within the bounds of GitHub, with a score as a string', () => {
  const rules = logOf(reportOf([])).runs[0]?.tool.driver.rules ?? [];
  expect(rules.map(({ id }) => id)).toEqual(ruleDefinitions.map(({ id }) => id));
  for (const { help, properties } of rules) {
    expect(help.text.length).toBeLessThanOrEqual(1024);
    expect(['9.5', '8.0', '5.5', '2.5']).toContain(properties['security-severity']);
    expect(properties['tags']).toContain('security');
  }
});

test('deny is an error, warn a warning, audit a note; exempted findings are counted and not told', () => {
  const [run] = logOf(
    reportOf([
      { finding: { action: 'audit' } },
      { finding: { action: 'warn' } },
      { finding: { action: 'deny' } },
      { place: { exemption: 'cni' } },
    ]),
  ).runs;
  expect(run?.results.map(({ level }) => level)).toEqual(['error', 'warning', 'note']);
  expect(run?.properties['exempted']).toBe(1);
});

test('a namespace that is scanned alone has a category of its own', () => {
  const id = (context: ReportContext) => logOf(reportOf([], context)).runs[0]?.automationDetails;
  expect(id({ cluster: 'prod' })).toEqual({ id: 'seawall/prod/' });
  expect(id({ cluster: 'prod', namespace: 'shop' })).toEqual({ id: 'seawall/prod/shop/' });
  expect(id({ namespace: '../x' })).toEqual({ id: 'seawall/files/..%2Fx/' });
});

test('a partial scan is an invocation that did not succeed', () => {
  const [run] = logOf(
    reportOf([], {
      partial: [{ what: 'pods in kube-system', reason: 'forbidden', unknown: 'its findings are unknown' }],
    }),
  ).runs;
  expect(run?.invocations).toEqual([
    {
      executionSuccessful: false,
      toolExecutionNotifications: [
        { level: 'warning', message: { text: 'pods in kube-system: forbidden; its findings are unknown' } },
      ],
    },
  ]);
});

test('the official schema has nothing against it, with every field and with hostile text in each', () => {
  expect(sarifProblems({ version: '2.1.0', runs: [{}] })).not.toEqual([]);
  const reports = [reportOf([]), reportOf([{ place: { source } }]), ...hostileTexts.map(hostileReport)];
  for (const report of reports) expect(sarifProblems(logOf(report))).toEqual([]);
});

test('a hostile name cannot climb out of its place, nor end it', () => {
  for (const [index, text] of [...hostileTexts, '..', '.'].entries()) {
    const report = reportOf([{ place: { owner: { apiVersion: 'v1', kind: text, namespace: text, name: text } } }]);
    const uri = logOf(report).runs[0]?.results[0]?.locations[0]?.physicalLocation.artifactLocation.uri ?? '';
    expect([index, new URL(uri, 'https://base.example/').pathname.split('/').length]).toEqual([index, 6]);
  }
});

const many = reportOf(
  Array.from({ length: 30 }, (_, index) => ({
    finding: { action: index < 5 ? 'deny' : 'audit', message: `finding ${index}`, subject: `${index}` },
  })),
);

test('past the limit of results the worst are kept, and both the run and a note say so', () => {
  const { text, note } = sarifReport(many, '1.2.3', { ...sarifLimits, results: 10 });
  const [run] = (JSON.parse(text) as Log).runs;
  expect(run?.results.map(({ level }) => level)).toEqual([
    ...Array<string>(5).fill('error'),
    ...Array<string>(5).fill('note'),
  ]);
  expect(run?.properties['resultsLeftOut']).toBe(20);
  expect(note).toBe('sarif: the worst 10 of 30 findings are in it; GitHub takes no more');
  expect(sarifProblems(JSON.parse(text))).toEqual([]);
});

test('past the limit of bytes results go until the gzip fits', () => {
  const whole = gzipSync(sarifReport(many, '1.2.3').text).length;
  const empty = gzipSync(sarifReport(reportOf([]), '1.2.3').text).length;
  const gzipBytes = Math.round((whole + empty) / 2);
  const { text, note } = sarifReport(many, '1.2.3', { ...sarifLimits, gzipBytes });
  const bytes = gzipSync(text);
  expect(bytes.length).toBeLessThanOrEqual(gzipBytes);
  expect(JSON.parse(gunzipSync(bytes).toString())).toMatchObject({ version: '2.1.0' });
  expect(note).toMatch(/^sarif: the worst \d+ of 30 findings are in it/);
  expect((JSON.parse(text) as Log).runs[0]?.results.length).toBeGreaterThan(0);
});
