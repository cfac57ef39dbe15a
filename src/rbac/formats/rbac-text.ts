import type { Severity } from '../../policy/finding.ts';
import { counted, describeSource } from '../../report/describe.ts';
import type { Paint } from '../../report/terminal.ts';
import { paint, plainLine } from '../../report/terminal.ts';
import { isRefused } from '../effect.ts';
import { explainedText } from '../explain-step.ts';
import { nodeLimit } from '../launch-paths.ts';
import { objectText, subjectText } from '../objects.ts';
import type { PathReport, RbacReport, SubjectReport } from '../rbac-report.ts';
import { effectText, grantText, whereOf } from '../rbac-words.ts';
import { isSystemDangling, membersOf } from '../system-subjects.ts';

export interface RbacTextOptions {
  readonly colour: boolean;
  /** Whether the parts of Kubernetes itself are shown, which are counted otherwise. */
  readonly system: boolean;
}

const plain = (text: string): string => plainLine(text, 400);

/** The report for a terminal, the worst subject first. */
export function* rbacText(report: RbacReport, { colour, system }: RbacTextOptions): Generator<string> {
  const colours = paint(colour);
  for (const line of aboutLines(report)) yield `${colours.yellow(plain(line))}\n`;
  const shown = report.subjects.filter(({ isSystem }) => system || !isSystem);
  for (const subject of shown) yield `${subjectLines(subject, colours).join('\n')}\n\n`;
  for (const line of closingLines(report, shown.length)) yield `${plain(line)}\n`;
}

/** What must be known before the rest is read. */
export function aboutLines({ partial, errors }: RbacReport): string[] {
  return [
    ...partial.map(({ what, reason, unknown }) => `not seen: ${what}: ${reason}; not known: ${unknown}`),
    ...errors.map(
      ({ message, source }) => `error: ${source === undefined ? '' : `${describeSource(source)}: `}${message}`,
    ),
  ];
}

export function closingLines(report: RbacReport, shown: number): string[] {
  const { subjects, deltas, notes, person } = report;
  const folded = subjects.length - shown;
  const dangling = report.dangling.filter((each) => !isSystemDangling(each));
  const ownDangling = report.dangling.length - dangling.length;
  return [
    ...dangling.map(
      ({ binding, missing }) =>
        `dangling: ${objectText(binding)} names ${missing}, which does not exist: whoever creates it decides what the binding gives`,
    ),
    ...(ownDangling === 0
      ? []
      : [
          `${counted(ownDangling, 'binding')} of Kubernetes' own names an account of kube-system that is not used here`,
        ]),
    ...(deltas === undefined ? [] : deltaLines(deltas)),
    ...notes,
    nodeLimit,
    person !== undefined && subjects.length === 0
      ? `${person.user}: no launch path`
      : `${counted(shown, 'subject')} with launch paths${folded === 0 ? '' : `; ${counted(folded, 'system account')} folded (--system shows them)`}`,
  ];
}

function deltaLines({ baseline, new: isNew, gone }: NonNullable<RbacReport['deltas']>): string[] {
  return [
    `against ${baseline}: ${counted(isNew, 'path')} new, ${gone.length} gone`,
    ...gone.map(
      ({ subject, path, namespaces }) =>
        `gone: ${subject} ${path}${namespaces.length === 0 ? '' : ` in ${namespaces.join(', ')}`}`,
    ),
  ];
}

function subjectLines({ subject, severity, paths }: SubjectReport, colours: Paint): string[] {
  const members = membersOf(subject);
  return [
    `${badge(severity, colours)}  ${colours.bold(plain(subjectText(subject)))}`,
    ...(members === undefined ? [] : [`          ${colours.dim(members)}`]),
    ...withoutImplied(paths).flatMap((path) => pathLines(path, colours)),
  ];
}

function badge(severity: Severity, { red, yellow, cyan }: Paint): string {
  return { critical: red, high: red, medium: yellow, low: cyan }[severity](severity.padEnd(8));
}

/** Who does everything, by itself or as another, does all else there: that is not told path by path. */
export function withoutImplied(paths: readonly PathReport[]): readonly PathReport[] {
  const all = paths.filter(({ path }) => path.id === 'L23');
  const isCovered = (one: PathReport): boolean =>
    all.some(
      (each) =>
        (each.isDirect || !one.isDirect) &&
        (each.everywhere || (!one.everywhere && isWithin(one.namespaces, new Set(each.namespaces)))),
    );
  return paths.filter((each) => each.path.id === 'L23' || !isCovered(each));
}

function isWithin(some: readonly string[], all: ReadonlySet<string>): boolean {
  return some.every((each) => all.has(each));
}

function pathLines(report: PathReport, colours: Paint): string[] {
  const { path, chain, moreChains: more, grants, effects, isNew } = report;
  const effect = effectText(report);
  const open = effects.some((each) => !isRefused(each.effect));
  const mark = isNew === true ? colours.yellow('new ') : '';
  const lines = [
    `  ${path.id.padEnd(4)} ${mark}${colours.bold(path.title)}, ${plain(whereOf(report))}: ${open ? plain(effect) : colours.dim(plain(effect))}`,
    ...grants.map((grant) => `       ${colours.dim('by')} ${plain(grantText(grant))}`),
  ];
  if (chain.length === 0) return lines;
  const over = chain.map((step) => plain(explainedText(step))).join(' -> ');
  return [
    ...lines,
    `       ${colours.dim('over')} ${over}${more === 0 ? '' : ` (and ${counted(more, 'other account')})`}`,
  ];
}
