import { actions, severities } from '../../policy/finding.ts';
import { worstFirst } from '../report-builder.ts';
import type { FindingDetail, Report, ReportFinding } from '../report.ts';
import { findingsOf, ownerOf } from '../report.ts';
import { plainLine } from '../terminal.ts';

/** More rows make a page that no browser opens gladly; they are counted. */
const maxRows = 20_000;

/** Characters of the data; excerpts, changes and commands take what names and messages leave, the worst findings first. */
const dataBudget = 1_600_000;

/**
 * The rows of the page, each text told once: a row holds the numbers of its texts, and -1 where there is none.
 * The order of a row's fields is that of `rowFields`, which the page's script reads too.
 */
export interface PageData {
  readonly fields: readonly string[];
  readonly texts: readonly string[];
  readonly rows: readonly (readonly number[])[];
  /** Findings that are not among the rows. */
  readonly leftOut: number;
}

const rowFields = [
  'action',
  'severity',
  'rule',
  'kind',
  'namespace',
  'name',
  'object',
  'container',
  'path',
  'message',
  'remedy',
  'image',
  'file',
  'line',
  'column',
  'pods',
  'podNames',
  'delta',
  'firstSeen',
  'excerptLine',
  'excerpt',
  'fix',
  'command',
] as const;

type Row = Record<(typeof rowFields)[number], number>;

export function pageData(report: Report): PageData {
  const texts = new Texts();
  const findings = findingsOf(report).toSorted(worstFirst);
  const rows = findings.slice(0, maxRows).map((finding) => rowOf(finding, texts));
  let room = dataBudget - texts.length - rows.length * bareRowLength;
  for (const [index, row] of rows.entries()) {
    if (room <= 0) break;
    const before = texts.length;
    addDetail(row, findings[index]?.detail ?? {}, texts);
    room -= texts.length - before + detailRowLength;
  }
  return {
    fields: rowFields,
    texts: texts.all,
    rows: rows.map((row) => rowFields.map((field) => row[field])),
    leftOut: findings.length - rows.length,
  };
}

/** Characters of a row of numbers, about, and of those that a detail adds. */
const bareRowLength = 80;
const detailRowLength = 15;

/** Every text once, by number; it is made plain before. */
class Texts {
  readonly all: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** Characters of all of them. */
  length = 0;

  line(text: string | undefined): number {
    return text === undefined ? -1 : this.#numberOf(plainLine(text, 1000));
  }

  lines(lines: readonly string[] | undefined): number {
    return lines === undefined ? -1 : this.#numberOf(lines.map((line) => plainLine(line, 500)).join('\n'));
  }

  #numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.all.length);
    this.length += text.length + 3;
    return this.all.push(text) - 1;
  }
}

function rowOf(finding: ReportFinding, texts: Texts): Row {
  const owner = ownerOf(finding);
  const { object, source, pods } = finding;
  return {
    action: actions.indexOf(finding.action),
    severity: severities.indexOf(finding.severity),
    rule: texts.line(finding.rule),
    kind: texts.line(owner.kind),
    namespace: texts.line(owner.namespace),
    name: texts.line(owner.name),
    object: finding.owner === undefined ? -1 : texts.line(`${object.kind} ${object.name}`),
    container: texts.line(finding.container),
    path: texts.line(finding.path),
    message: texts.line(finding.message),
    remedy: texts.line(finding.remedy),
    image: texts.line(finding.image),
    file: texts.line(source?.file),
    line: source?.line ?? -1,
    column: source?.column ?? -1,
    pods: pods?.total ?? -1,
    podNames: texts.line(pods?.names.join(', ')),
    delta: texts.line(finding.delta),
    firstSeen: texts.line(finding.firstSeen),
    excerptLine: -1,
    excerpt: -1,
    fix: -1,
    command: -1,
  };
}

function addDetail(row: Row, { excerpt, fix, command }: FindingDetail, texts: Texts): void {
  row.excerptLine = excerpt?.firstLine ?? -1;
  row.excerpt = texts.lines(excerpt?.lines);
  row.fix = texts.lines(fix);
  row.command = texts.line(command);
}

/** JSON that can stand in a script element: nothing in it ends the element or begins a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
