import { counted, describeObject } from '../report/describe.ts';
import type { OwnerReference } from '../report/report.ts';
import type { Exposure } from './exposure.ts';
import type { Investigation } from './investigation.ts';
import type { PodLine } from './judged-pod.ts';
import type { ContainerFacts } from './running.ts';
import type { Row } from './page-row.ts';
import { given, row } from './page-row.ts';
import { couldRows, didRows } from './who-rows.ts';

export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** An investigation as lines under titles, the most important first; sections without a line are left out. */
export function sectionsOf(found: Investigation): Section[] {
  const sections: Section[] = [
    { title: 'Event', rows: eventRows(found) },
    { title: 'What ran', rows: ranRows(found) },
    { title: 'Tools', rows: toolRows(found) },
    { title: 'Exposure', rows: exposureRows(found) },
    { title: 'Why it got in', rows: entryRows(found) },
    { title: 'Who did it', rows: didRows(found) },
    { title: 'Who could', rows: couldRows(found) },
    { title: 'Owners and source', rows: ownerRows(found) },
    { title: 'Where its images run', rows: imageRows(found) },
    { title: 'Other pods', rows: otherRows(found) },
    { title: 'Events', rows: clusterEventRows(found) },
    {
      title: 'Next',
      rows: found.next.map(({ why, command, changes }) => ({
        text: `${why}${changes ? ' (this changes something)' : ''}`,
        ...(command !== undefined && { command }),
      })),
    },
    { title: 'Not known', rows: unknownRows(found) },
  ];
  return sections.filter(({ rows }) => rows.length > 0);
}

function eventRows({ event }: Investigation): Row[] {
  if (event === undefined) return [];
  const { rule, priority, timeMs, process, user, container, apiUser } = event;
  const time = timeMs === undefined ? 'at an unknown time' : new Date(timeMs).toISOString();
  return [
    row('rule', `${rule}${priority === '' ? '' : ` (${priority})`}, ${time}`),
    ...given(
      'process',
      [process.commandLine || process.name, process.pid === '' ? '' : `pid ${process.pid}`]
        .filter((each) => each !== '')
        .join(', '),
    ),
    ...given('parents', process.parents.join(' < ')),
    ...given(
      'user on the node',
      [user.name, user.login === '' ? '' : `logged in as ${user.login}`].filter((each) => each !== '').join(', '),
    ),
    ...given('user of the API', apiUser),
    ...given('container', [container.id, container.image].filter((each) => each !== '').join(' ')),
  ];
}

function ranRows({ object, state, node, created, containers, container }: Investigation): Row[] {
  if (object === undefined) return given('node', node);
  const since = created === '' ? '' : `, made ${created}`;
  const where = node === '' ? '' : ` on Node ${node}`;
  return [
    row(object.kind, `${describeObject(object)}${where}${since}: ${state === 'none' ? 'could not be read' : state}`),
    ...containers.map((each) => ({
      ...row(`${each.type} ${each.name}`, containerText(each)),
      ...(each.name === container && { tone: 'alarm' as const }),
    })),
  ];
}

function containerText({ image, digest, command, state, started, ended, detail, restarts }: ContainerFacts): string {
  const times = [started === '' ? '' : ` since ${started}`, ended === '' ? '' : ` until ${ended}`].join('');
  const more = [detail, restarts === 0 ? '' : counted(restarts, 'restart')].filter((each) => each !== '').join(', ');
  const runs = command.length === 0 ? 'what the image says' : command.join(' ');
  return `${image}${digest === '' ? '' : ` (${digest})`}: ${state}${times}${more === '' ? '' : ` (${more})`}; runs ${runs}`;
}

function toolRows({ tools }: Investigation): Row[] {
  return tools.map(({ name, class: named, seen, container, detail }) => ({
    label: named === '' ? 'program' : named,
    text: `${name}${seen === 'event' ? ', seen running' : ', in the spec'}${container === '' ? '' : `, container ${container}`}${detail === '' ? '' : `: ${detail}`}`,
    ...(named !== '' && { tone: 'alarm' as const }),
  }));
}

function exposureRows({ exposure, node }: Investigation): Row[] {
  if (exposure === undefined) return [];
  const { hostNamespaces, hostAccess, containers, hostPaths, serviceAccount, token } = exposure;
  return [
    {
      ...row('host access', hostAccess.length === 0 ? 'none' : hostAccess.join(', ')),
      ...(hostAccess.length > 0 && { tone: 'alarm' as const }),
    },
    row('host namespaces', hostNamespaces.length === 0 ? 'none' : hostNamespaces.join(', ')),
    ...containers.map(capabilityRow),
    ...hostPaths.map(({ path, mounts }) =>
      row(
        `host path ${path}`,
        mounts.length === 0
          ? 'mounted nowhere'
          : mounts
              .map(({ container, at, readOnly }) => `${container} at ${at}${readOnly ? ' (read-only)' : ''}`)
              .join(', '),
      ),
    ),
    row('ServiceAccount', `${serviceAccount}${token ? ', its token is in the pod' : ', no token in the pod'}`),
    ...given('node', node),
  ];
}

function capabilityRow({
  name,
  privileged,
  capabilities,
  beyondDefault,
  netRaw,
  nonRoot,
}: Exposure['containers'][number]): Row {
  if (privileged) return { ...row(`capabilities of ${name}`, 'all of them: it is privileged'), tone: 'alarm' };
  const beyond = beyondDefault.length === 0 ? '' : `; beyond the default: ${beyondDefault.join(', ')}`;
  const raw = netRaw ? 'NET_RAW: may open raw sockets' : 'no NET_RAW';
  const bound = nonRoot ? '; it does not run as root, so that these bound it and are not in effect by themselves' : '';
  return row(
    `capabilities of ${name}`,
    `${raw}${beyond}; ${capabilities.length === 0 ? 'none' : capabilities.join(' ')}${bound}`,
  );
}

function entryRows({ verdict, entry, policy }: Investigation): Row[] {
  const rows: Row[] = entry.map(({ reason, confidence }) => row(confidence, reason));
  if (verdict === undefined) return rows;
  const head = verdict.refused ? `policy ${policy} would refuse it now` : `policy ${policy} would let it in now`;
  return [
    { text: head, ...(verdict.refused && { tone: 'alarm' as const }) },
    ...rows,
    ...verdict.findings.slice(0, 12).map(({ rule, action, message }) => row(`${action} ${rule}`, message)),
    ...(verdict.findings.length > 12 ? [{ text: `and ${counted(verdict.findings.length - 12, 'more finding')}` }] : []),
  ];
}

const states = {
  found: '',
  gone: ' (gone)',
  'not served': ' (the API server serves no such kind)',
  unseen: ' (could not be read)',
} as const;

function ownerRows({ owners, sources, object, state }: Investigation): Row[] {
  if (object === undefined) return [];
  const chain = owners.map(({ reference, state: seen }) => `${describeObject(reference)}${states[seen]}`);
  const isRead = state !== 'gone' && state !== 'none';
  const unread =
    !isRead && chain.length === 0 ? `not known: it ${state === 'gone' ? 'is gone' : 'could not be read'}` : '';
  const own = unread || 'none: nothing would make it again';
  return [
    row('owners', chain.length === 0 ? own : [describeObject(object), ...chain].join(' < ')),
    ...sources.map(({ title, mark, object: on, reconciles }) =>
      row('source', `${title}: ${mark} on ${describeObject(on)}${reconciles ? '; it undoes changes' : ''}`),
    ),
    ...(sources.length === 0 ? [{ ...row('source', unread || noSource(owners)), tone: 'soft' as const }] : []),
  ];
}

function noSource(owners: Investigation['owners']): string {
  const none = 'no mark of Argo CD, Flux, Helm, OLM, Fleet, Config Sync or an add-on manager';
  return owners.some(({ state }) => state === 'unseen') ? `${none} on what could be read of them` : none;
}

function imageRows({ images }: Investigation): Row[] {
  return images.map(({ image, digest, where, pods, more }) => {
    const owners = where.map(({ owner, pods: of }) => `${describeObject(owner)}${of > 1 ? ` (${of})` : ''}`).join(', ');
    const name = digest === '' ? image : `${image} ${digest.slice(0, 19)}`;
    return row(name, `${counted(pods, 'pod')}: ${owners}${more === 0 ? '' : `, and ${more} more owners`}`);
  });
}

function otherRows({ others: { pods, total, of } }: Investigation): Row[] {
  if (total === 0) return [];
  const more = total - pods.length;
  return [
    row('of', of),
    ...pods.map(podRow),
    ...(more > 0 ? [{ text: `and ${counted(more, 'more pod')} of ${of}` }] : []),
  ];
}

function podRow({ namespace, name, node, phase, hostAccess, refusedBy, tools, created }: PodLine): Row {
  const parts = [
    phase,
    ...(node === '' ? [] : [`on ${node}`]),
    `made ${created}`,
    ...tools,
    ...(hostAccess.length === 0 ? [] : [`host access: ${hostAccess.join(', ')}`]),
    ...(refusedBy.length === 0 ? [] : [`would be refused: ${refusedBy.join(', ')}`]),
  ];
  return { ...row(`Pod ${namespace}/${name}`, parts.join('; ')), ...(tools.length > 0 && { tone: 'alarm' as const }) };
}

function clusterEventRows({ events }: Investigation): Row[] {
  return events
    .slice(0, 15)
    .map(({ time, type, reason, message, count, object }) =>
      row(
        time,
        `${type} ${reason}${count > 1 ? ` (${count} times)` : ''}, ${describeObject(asReference(object))}: ${message}`,
      ),
    );
}

function asReference(object: Pick<OwnerReference, 'kind' | 'namespace' | 'name'>): OwnerReference {
  return { apiVersion: '', ...object };
}

function unknownRows({ unseen, notes }: Investigation): Row[] {
  return [
    ...notes.map((text) => ({ text })),
    ...unseen.map(({ reason, unknown }) => row(reason, `unknown: ${unknown}`)),
  ];
}
