import type { Finding } from '../policy/finding.ts';
import { countOf, formatPath } from '../policy/finding.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import type { StatusCause } from './review.ts';

/*
 * What callers read. Names and values in it are the caller's own choice, so that every line is made plain, and every
 * text has a bound: the API server cuts what is too long wherever it likes.
 */

/** Most findings in one denial, and the most bytes that they take; the rest is counted. */
const maxFindings = 100;
const maxMessageBytes = 32 * 1024;

/** Source: k8s.io/apiserver warning (AddWarning) cuts at 256 and 4096; SPEC 5 asks for 120. */
const maxWarningBytes = 120;
const maxWarningsBytes = 4096;

/** The most that one annotation may hold. */
const maxAnnotationBytes = 2_000;

const encoder = new TextEncoder();

/** The beginning of a text that fits into so many bytes of UTF-8, marked where something was cut. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const mark = '...';
  const { read } = encoder.encodeInto(text, new Uint8Array(maxBytes - mark.length));
  return text.slice(0, read) + mark;
}

/** The most characters of a path or a message. */
const maxPart = 700;

/** A finding, and its path and message made plain, which an answer has in up to three places. */
export interface ToldFinding {
  readonly finding: Finding;
  readonly path: string;
  readonly message: string;
}

export function told(finding: Finding): ToldFinding {
  return {
    finding,
    path: plainLine(formatPath(finding.path), maxPart),
    message: plainLine(finding.message, maxPart),
  };
}

/** The message of a denial: every finding with its field and what to do, worst first as they are given. */
export function denialMessage(findings: readonly ToldFinding[], object: string, policyName: string): string {
  const count = countOfTold(findings);
  const counted = count === 1 ? '1 finding' : `${count} findings`;
  let message = plainLine(`Seawall refuses ${object} by policy ${policyName}: ${counted}`, 800);
  let bytes = Buffer.byteLength(message);
  const remediesTold = new Set<string>();
  let written = 0;
  for (const each of findings.slice(0, maxFindings)) {
    const { finding } = each;
    const remedy = remediesTold.has(finding.remedy) ? '' : ` What to do: ${finding.remedy}`;
    const line = `\n- ${describe(each)} [${finding.rule}, ${finding.severity}].${remedy}`;
    bytes += Buffer.byteLength(line);
    if (bytes > maxMessageBytes - 100) break;
    message += line;
    remediesTold.add(finding.remedy);
    written += 1;
  }
  const left = count - written;
  return left === 0 ? message : `${message}\n- and ${left} more`;
}

/** The causes of a denial, one per finding, for programs. */
export function denialCauses(findings: readonly ToldFinding[]): StatusCause[] {
  return findings
    .slice(0, maxFindings)
    .map(({ finding, path, message }) => ({ reason: finding.rule, field: path, message }));
}

/**
 * Each text once, on one line of at most 120 bytes; together at most 4096, the rest counted.
 * @param unwritten - how many more there are than the texts given
 */
export function warningLines(texts: readonly string[], unwritten = 0): string[] {
  const lines = new Set<string>();
  let bytes = 0;
  let told = 0;
  for (const text of texts) {
    const line = cutToBytes(plainLine(text, 400), maxWarningBytes);
    if (!lines.has(line)) bytes += Buffer.byteLength(line);
    if (bytes > maxWarningsBytes - maxWarningBytes) break;
    lines.add(line);
    told += 1;
  }
  const left = texts.length - told + unwritten;
  return left === 0 ? [...lines] : [...lines, `seawall: and ${left} more`];
}

/** One finding as a warning; rule and field come first, because the end may be cut. */
export function warningText({ finding, path, message }: ToldFinding): string {
  return `seawall: ${finding.rule} ${path}: ${message}`;
}

/** `rule at path` of each finding, for one audit annotation. */
export function annotationText(findings: readonly ToldFinding[]): string {
  return joinWithin(findings, ({ finding, path }) => `${finding.rule} at ${path}`, countOfTold(findings));
}

/** How many findings there are, those counted that are not told one by one. */
export function countOfTold(findings: readonly ToldFinding[]): number {
  return countOf(findings.map(({ finding }) => finding));
}

/**
 * The texts of a list with `; ` between them, as far as one annotation holds them; the rest is counted.
 * @param count - how many there are with those that the list does not hold
 */
export function joinWithin<T>(items: readonly T[], textOf: (item: T) => string, count = items.length): string {
  let joined = '';
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (item === undefined) continue;
    const next = `${joined === '' ? '' : '; '}${plainLine(textOf(item), 400)}`;
    if (Buffer.byteLength(joined) + Buffer.byteLength(next) > maxAnnotationBytes - 40) {
      return `${joined}; and ${count - index} more`;
    }
    joined += next;
  }
  return count === items.length ? joined : `${joined}; and ${count - items.length} more`;
}

function describe({ finding, path, message }: ToldFinding): string {
  const container = finding.container ?? '';
  return `${path}${container === '' ? '' : ` (container ${plainLine(container, 256)})`}: ${message}`;
}
