import { describeObject } from '../report/describe.ts';
import { describeSubject } from './subject.ts';
import type { Gathered } from './gathered.ts';
import type { Investigation, ToolFound } from './investigation.ts';

/** The most important sentence, and how bad it is. Names in it are foreign, and not made plain. */
export function headlineOf(
  gathered: Gathered,
  tools: readonly ToolFound[],
  hostAccess: readonly string[],
  refusedBy: readonly string[],
): Pick<Investigation, 'headline' | 'alarm'> {
  const { state, reference, node, event, subject } = gathered;
  const tool = mostTelling(tools);
  const ran = tool === undefined ? '' : wordsFor(tool);
  if (reference === undefined) {
    const what = describeSubject(subject);
    if (event === undefined || node === '')
      return { headline: `${what}: no pod is known`, alarm: tool === undefined ? 'none' : 'medium' };
    const headline =
      tool === undefined
        ? `${what}: neither the program nor a pod is known, only Node ${node}`
        : `${tool.name.slice(0, 80)} ran on Node ${node}, outside every pod that is known`;
    return { headline, alarm: alarmOf(tool, ['host']) };
  }
  const name = describeObject(reference);
  const place = node === '' ? '' : ` on Node ${node}`;
  const access = hostAccess.length === 0 ? '' : ` with host access (${hostAccess.slice(0, 4).join(', ')})`;
  const alarm = alarmOf(tool, hostAccess, refusedBy);
  const told = (before: string): string =>
    ran === '' ? plainly(before, place, access, refusedBy) : `${before}${ran}${access}${place}`;
  switch (state) {
    case 'running':
      return { headline: told(name), alarm };
    case 'pending':
      return { headline: told(`${name}, which has not started,`), alarm };
    case 'ended':
      return { headline: told(`${name}, which has ended,`), alarm };
    case 'template':
      return { headline: told(`${name}, which has no pods,`), alarm };
    case 'gone':
      return {
        headline:
          ran === ''
            ? `${name}, which is not there, can only be told by what is left of it`
            : `${name}, which is gone,${ran}${place}`,
        alarm: tool === undefined ? 'none' : alarm,
      };
    case 'none':
      return { headline: `${name} could not be read`, alarm: tool === undefined ? 'none' : 'medium' };
  }
}

function plainly(name: string, place: string, access: string, refusedBy: readonly string[]): string {
  if (access !== '') return `${name} has${access.slice(' with'.length)}${place}, and names no known network tool`;
  const would = refusedBy.length === 0 ? '' : `; it would be refused now (${refusedBy.join(', ')})`;
  return `${name} has no host access and names no known network tool${place}${would}`;
}

/** The words of a finding tell the class themselves. */
function wordsFor({ name, class: named, seen }: ToolFound): string {
  if (seen === 'event') return ` ran ${name.slice(0, 80)}${named === '' ? '' : ` (${named})`}`;
  return `${/^(?:runs|installs) /.test(name) ? ' ' : ': '}${name.slice(0, 120)}`;
}

/** What was seen says more than what is written, and a command more than the name of an image. */
function mostTelling(tools: readonly ToolFound[]): ToolFound | undefined {
  const listed = tools.filter((each) => each.class !== '');
  return listed.find(({ seen, detail }) => seen === 'event' || detail === '') ?? listed[0] ?? tools[0];
}

function alarmOf(
  tool: ToolFound | undefined,
  hostAccess: readonly string[],
  refusedBy: readonly string[] = [],
): Investigation['alarm'] {
  if (tool !== undefined && hostAccess.length > 0) return 'critical';
  if (tool !== undefined || hostAccess.length > 0) return 'high';
  return refusedBy.length > 0 ? 'medium' : 'none';
}
