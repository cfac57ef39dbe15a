import { counted } from '../report/describe.ts';
import type { Investigation } from './investigation.ts';
import type { Row } from './page-row.ts';
import { row } from './page-row.ts';
import type { Deed } from './who-did.ts';
import { describeUser } from './who-did.ts';

export function didRows({ did }: Investigation): Row[] {
  const { answer, deeds, managers, log } = did;
  return [
    { text: answer },
    ...deeds.map((deed) => row(deed.confidence, deedText(deed))),
    ...managers.map(({ object, manager, operation, time, wroteSpec }) => ({
      ...row(
        'program',
        `${manager} (${operation}) wrote ${wroteSpec ? 'the spec' : 'fields'} of ${object} at ${time}; no person`,
      ),
      tone: 'soft' as const,
    })),
    ...(log === undefined
      ? []
      : [
          {
            ...row(
              'audit log',
              `${counted(log.events, 'event')}${log.decisions === 0 ? '' : ` and ${counted(log.decisions, 'decision')} of Seawall`} in ${counted(log.files, 'file')}${log.from === '' ? '' : ` from ${log.from} to ${log.to}`}; ${log.malformed} malformed, ${log.foreign} of another kind${log.more === 0 ? '' : `; ${log.more} more about these objects were not kept`}`,
            ),
            tone: 'soft' as const,
          },
          ...log.problems.map((problem) => row('audit log', problem)),
        ]),
  ];
}

function deedText({ user, userType, impersonator, what, time, from, with: program, command }: Deed): string {
  const speaker = impersonator === '' ? describeUser(user) : `${describeUser(impersonator)} as ${describeUser(user)}`;
  const kind = userType === 'person' ? '' : ` (${userType === 'ServiceAccount' ? 'an account' : userType})`;
  const words = command.length === 0 ? '' : `: ${command.join(' ')}`;
  const origin = [from.length === 0 ? '' : `from ${from.join(', ')}`, program === '' ? '' : `with ${program}`]
    .filter((each) => each !== '')
    .join(' ');
  return `${time} ${speaker}${kind} ${what}${words}${origin === '' ? '' : ` ${origin}`}`;
}

/** What says who holds a right; where one could not be read, there may be others. */
const deciding: ReadonlySet<string> = new Set(['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings']);

export function couldRows({ could, unseen }: Investigation): Row[] {
  if (could === undefined) return [];
  const { subjects, direct, indirect, system } = could;
  const more = direct - subjects.length;
  const others = more > 0 ? `and ${more} more; ` : direct === 0 ? 'nobody else by a right of their own; ' : '';
  const rest = `${indirect} only as somebody else, ${counted(system, 'part')} of Kubernetes not told`;
  const isPartial = unseen.some(({ what }) => deciding.has(what));
  return [
    ...subjects.map(({ subject, paths, by }) => row(subject, `${paths.join(' ')}: ${by}`)),
    ...(isPartial ? [{ text: 'not all are known: roles or bindings could not be read' }] : []),
    ...(isPartial && direct === 0 ? [] : [{ text: `${others}${rest}`, tone: 'soft' as const }]),
  ];
}
