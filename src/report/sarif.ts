import { gzipSync } from 'node:zlib';
import type { Action, Severity } from '../policy/finding.ts';
import { ruleDefinitions } from '../policy/rules/index.ts';
import type { RuleDefinition } from '../policy/rule.ts';
import { describeObject } from './describe.ts';
import { worstFirst } from './report-builder.ts';
import type { Report, ReportError, ReportFinding } from './report.ts';
import { findingsOf, isPartial, ownerOf } from './report.ts';
import { jsonText } from './terminal.ts';

/** What GitHub takes in one run. Source: "SARIF support for code scanning", Validating your SARIF file. */
export const sarifLimits: SarifLimits = { results: 25_000, gzipBytes: 10_000_000 };

export interface SarifLimits {
  readonly results: number;
  readonly gzipBytes: number;
}

const levels: Readonly<Record<Exclude<Action, 'off'>, string>> = { deny: 'error', warn: 'warning', audit: 'note' };

/** GitHub's bounds: above 9.0 critical, 7.0 high, 4.0 medium, 0.1 low. */
const scores: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.5' };

/** The SARIF log, and in one line what had to be left out of it to stay within GitHub's limits. */
export interface SarifText {
  readonly text: string;
  readonly note?: string;
}

/**
 * SARIF 2.1.0 for code scanning. Exempted findings are not in it: GitHub would open an alert for each.
 * @param version - of Seawall, SemVer
 */
export function sarifReport(report: Report, version: string, limits = sarifLimits): SarifText {
  const results = findingsOf(report)
    .toSorted(worstFirst)
    .map((finding) => resultOf(finding, report.cluster));
  let kept = Math.min(results.length, limits.results);
  let text = logText(report, version, results.slice(0, kept));
  for (;;) {
    const bytes = gzipSync(text).length;
    if (bytes <= limits.gzipBytes || kept === 0) break;
    // A little less than in proportion, since the worst results need not compress as well as all of them.
    kept = Math.floor(Math.min(kept - 1, (kept * limits.gzipBytes * 0.95) / bytes));
    text = logText(report, version, results.slice(0, kept));
  }
  if (kept === results.length) return { text };
  return { text, note: `sarif: the worst ${kept} of ${results.length} findings are in it; GitHub takes no more` };
}

function logText(report: Report, version: string, results: readonly object[]): string {
  const { summary } = report;
  const dropped = findingsOf(report).length - results.length;
  const run = {
    tool: { driver: { name: 'Seawall', version, semanticVersion: version, rules: ruleDefinitions.map(ruleOf) } },
    automationDetails: { id: categoryOf(report) },
    columnKind: 'utf16CodeUnits',
    invocations: [{ executionSuccessful: !isPartial(report), toolExecutionNotifications: notificationsOf(report) }],
    results,
    properties: { ...summary, ...(dropped > 0 && { resultsLeftOut: dropped }) },
  };
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return `${jsonText(log)}\n`;
}

/** GitHub closes the alerts of a category that its newest log lacks: a namespace on its own must not close those of others. */
function categoryOf({ cluster, namespace }: Report): string {
  const scope = namespace === undefined ? '' : `${segment(namespace)}/`;
  return `seawall/${cluster === undefined ? 'files' : segment(cluster)}/${scope}`;
}

function ruleOf({ id, title, finds, why, remedy, action, severity, category }: RuleDefinition): object {
  return {
    id,
    name: title,
    shortDescription: { text: title },
    fullDescription: { text: cut(`${finds} ${why}`) },
    help: { text: cut(`${remedy} More: seawall policy explain ${id}`) },
    defaultConfiguration: { level: action === 'off' ? 'none' : levels[action] },
    properties: {
      tags: ['security', 'kubernetes', category],
      precision: 'high',
      'security-severity': scores[severity],
      'problem.severity': action === 'deny' ? 'error' : action === 'warn' ? 'warning' : 'recommendation',
    },
  };
}

const ruleIndexes: ReadonlyMap<string, number> = new Map(ruleDefinitions.map(({ id }, index) => [id, index]));

function resultOf(finding: ReportFinding, cluster: string | undefined): object {
  const { rule, object, container, message, remedy, source, fingerprint, severity, path, image, pods } = finding;
  const owner = ownerOf(finding);
  const where = container === undefined ? describeObject(owner) : `${describeObject(owner)}, container ${container}`;
  return {
    ruleId: rule,
    ruleIndex: ruleIndexes.get(rule) ?? -1,
    level: levels[finding.action],
    message: { text: linkless(`${where}: ${message}. ${remedy}`) },
    locations: [
      {
        // Without a physical location in each result GitHub refuses the whole file.
        physicalLocation: {
          artifactLocation: { uri: source === undefined ? clusterUri(cluster, finding) : fileUri(source.file) },
          region: source === undefined ? { startLine: 1 } : { startLine: source.line, startColumn: source.column },
        },
        logicalLocations: [
          {
            name: container ?? object.name,
            fullyQualifiedName: [
              owner.namespace,
              owner.kind,
              owner.name,
              ...(container === undefined ? [] : [container]),
            ].join('/'),
            kind: 'resource',
          },
        ],
      },
    ],
    partialFingerprints: { primaryLocationLineHash: `${fingerprint}:1` },
    properties: {
      severity,
      path,
      ...(image !== undefined && { image }),
      ...(pods !== undefined && { pods: pods.total }),
    },
  };
}

function notificationsOf({ errors, partial = [] }: Report): readonly object[] {
  return [
    ...errors.map(({ message, source }: ReportError) => ({
      level: 'error',
      message: { text: linkless(message) },
      ...(source !== undefined && {
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: fileUri(source.file) },
              region: { startLine: source.line, startColumn: source.column },
            },
          },
        ],
      }),
    })),
    ...partial.map(({ what, reason, unknown }) => ({
      level: 'warning',
      message: { text: linkless(`${what}: ${reason}; ${unknown}`) },
    })),
  ];
}

/** A place for what stands in no file; it is the same in each scan, so that alerts are told apart and closed. */
function clusterUri(cluster: string | undefined, finding: ReportFinding): string {
  const { namespace, kind, name } = ownerOf(finding);
  return `cluster/${[cluster ?? 'unnamed', namespace, kind, name].map(segment).join('/')}.yaml`;
}

/** A name as one step of a path, which it can neither end nor climb: readers of URIs take %2E%2E for a step up as well. */
function segment(name: string): string {
  return /^\.{0,2}$/.test(name) ? `_${name}` : encodeURIComponent(name.toWellFormed());
}

/** The path of a file as a URI; a relative one stays relative, to the root of the repository. */
function fileUri(file: string): string {
  const slashed = file === '<stdin>' ? 'stdin' : file.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
  const path = slashed
    .split('/')
    .map((part) => encodeURIComponent(part.toWellFormed()))
    .join('/');
  if (slashed.startsWith('/')) return `file://${path}`;
  return /^[A-Za-z]:\//.test(slashed) ? `file:///${path}` : path;
}

const textLimit = 1024;

/** GitHub shows at most 1024 characters of a rule's text. */
/** A message in which nothing is a link, whoever named what it is about. Source: SARIF 2.1.0, 3.11.6. */
function linkless(text: string): string {
  return text.includes('](') ? text.replace(/[\\[\]]/g, '\\$&') : text;
}

function cut(text: string): string {
  return text.length <= textLimit ? text : `${text.slice(0, textLimit - 1)}…`;
}
