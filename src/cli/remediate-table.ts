import { describeObject } from '../report/describe.ts';
import { shellWord } from '../report/shell-word.ts';
import { plainLine } from '../report/terminal.ts';
import type { Plan, PlannedTarget } from '../remediate/plan.ts';
import { destructiveCount } from '../remediate/plan.ts';
import { contextName } from '../remediate/session.ts';

/** A plan for a person: a row for each target, then what there is to know of each. The flags are for the command that is next. */
export function planTable(plan: Plan, file: string, flags: string): string {
  const { targets, refused } = plan;
  const rows = [
    ['TARGET', 'STEP', 'CHANGES', 'HEALTHY', 'AT LEAST'],
    ...targets.map((target) => [
      describeObject(target.object),
      target.step,
      String(target.changes.length),
      String(target.healthy),
      String(target.minHealthy),
    ]),
    ...refused.map(({ object }) => [describeObject(object), 'refused', '', '', '']),
  ];
  const lines = [
    `plan ${plan.id}, good until ${plan.expiresAt}`,
    ...aligned(rows),
    ...targets.flatMap(detail),
    ...refused.flatMap(({ object, reason, byHand }) => [
      '',
      `${describeObject(object)}: refused: ${reason}`,
      ...byHand.map((line) => `  ${line}`),
    ]),
    '',
    ...next(plan, file, flags),
  ];
  return lines.map((line) => `${plainLine(line, 4_000)}\n`).join('');
}

function detail({ object, chain, findings, why, step, changes, notes, overridden }: PlannedTarget): string[] {
  return [
    '',
    describeObject(object),
    ...(chain.length > 1 ? [`  owner of  ${chain.slice(0, -1).join(', ')}`] : []),
    ...findings.map(({ rule, path, message }) => `  found     ${rule}: ${path} ${message}`),
    `  ${step}: ${why}`,
    ...changes.map((change) => `  does      ${describeObject(change.object)}: ${change.what}`),
    ...notes.map((note) => `  note      ${note}`),
    ...(overridden === undefined ? [] : [`  overrides ${overridden}, which may bring it back`]),
  ];
}

function next(plan: Plan, file: string, flags: string): string[] {
  if (plan.targets.length === 0) return ['nothing is left to apply'];
  const count = destructiveCount(plan);
  const confirm = count === 0 ? '' : ` --confirm ${shellWord(`${contextName(plan.cluster)}/${count}`)}`;
  return [`next: seawall remediate apply${flags} ${shellWord(file)}${confirm}`];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const plain = rows.map((row) => row.map((cell) => plainLine(cell, 200)));
  const widths = (plain[0] ?? []).map((_, column) => Math.max(...plain.map((row) => row[column]?.length ?? 0)));
  return plain.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
