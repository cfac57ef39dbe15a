import { formatPath } from './finding.ts';
import type { FieldPath } from './finding.ts';

/** One thing that is wrong with a policy, or that its owner should know. */
export interface PolicyProblem {
  /** The field, from the root of the policy file; it may be absent there. */
  readonly path: FieldPath;
  readonly message: string;
}

/** A policy that cannot be taken; it names every problem, so that one pass mends them all. */
export class PolicyError extends Error {
  readonly code = 'policy-invalid';
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly PolicyProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'PolicyError';
    this.problems = problems;
  }
}

/** `spec.rules.net-rwa: unknown key "net-rwa"; did you mean "net-raw"?` */
export function formatProblem({ path, message }: PolicyProblem): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}

/** A value as an error message shows it: strings quoted and cut, everything else by its kind. */
export function quote(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return kindOf(value);
}

/** What kind of JSON value it is, with its article. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** `; did you mean "deny"?` for the nearest of the known words, or '' where none is near. */
export function suggestion(word: string, known: readonly string[]): string {
  const nearest = nearestWord(word, known);
  return nearest === undefined ? '' : `; did you mean ${quote(nearest)}?`;
}

/** Words longer than this are not compared: the distance costs the product of the lengths. */
const comparableLength = 128;

/** The known word that a slip of the fingers would turn into `word`; undefined where none is near. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  if (word.length > comparableLength) return undefined;
  let nearest: string | undefined;
  let least = word.length <= 3 ? 2 : word.length <= 8 ? 3 : 4;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= least || candidate.length > comparableLength) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least && distance < candidate.length) {
      nearest = candidate;
      least = distance;
    }
  }
  return nearest;
}

/** Letters to add, drop, change or swap with a neighbour (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
