import type { Creation } from './steady-load.ts';
import type { Outcome } from './outcome.ts';

/** What the load met while one thing happened. */
export interface Tally {
  readonly what: string;
  readonly seconds: number;
  readonly benign: Readonly<Record<Outcome | 'all', number>>;
  readonly bad: {
    readonly all: number;
    /** Admitted by the answer, or found stored. */
    readonly admitted: number;
  };
  /** Milliseconds from the first benign pod that was not admitted to the last; 0 where all were. */
  readonly failingMs: number;
  /** One message of each outcome that is none of a benign pod's. */
  readonly messages: readonly string[];
}

/** @param stored - names of the bad pods that were found in the cluster after it */
export function tallyOf(what: string, creations: readonly Creation[], stored: readonly string[]): Tally {
  const benign = creations.filter(({ kind }) => kind === 'benign');
  const bad = creations.filter(({ kind }) => kind === 'bad');
  const count = (outcome: Outcome) => benign.filter((each) => each.outcome === outcome).length;
  const missed = benign.filter(({ outcome }) => outcome !== 'admitted' && outcome !== 'unrepaired');
  const admitted = bad.filter(({ outcome }) => outcome === 'admitted' || outcome === 'unrepaired').length;
  const starts = creations.map(({ startedMs }) => startedMs);
  const missedStarts = missed.map(({ startedMs }) => startedMs);
  return {
    what,
    seconds: Math.round(span(starts) / 1000),
    benign: {
      all: benign.length,
      admitted: count('admitted'),
      unrepaired: count('unrepaired'),
      refused: count('refused'),
      'webhook-failed': count('webhook-failed'),
      'server-failed': count('server-failed'),
    },
    bad: { all: bad.length, admitted: Math.max(admitted, stored.length) },
    failingMs: Math.round(span(missedStarts)),
    messages: [...new Map(missed.map(({ outcome, message }) => [outcome, message])).values()],
  };
}

function span(times: readonly number[]): number {
  return times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
}

const heads = [
  'meanwhile',
  'seconds',
  'benign pods',
  'refused by Seawall',
  'no answer of Seawall',
  'no answer of the API server',
  'not repaired',
  'bad pods',
  'of them admitted',
];

/** A table in Markdown, as prettier writes it. */
export function tableText(tallies: readonly Tally[]): string {
  const rows = tallies.map(({ what, seconds, benign, bad }) => [
    what,
    seconds,
    benign.all,
    benign.refused,
    benign['webhook-failed'],
    benign['server-failed'],
    benign.unrepaired,
    bad.all,
    bad.admitted,
  ]);
  const cells = [heads, ...rows.map((row) => row.map(String))];
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |\n`;
  const [head = [], ...body] = cells;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [head, rule, ...body].map(line).join('');
}
