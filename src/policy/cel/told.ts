/* The messages of exact rules: lists that are empty where nothing is found. */
import type { Cel, CelList } from './expression.ts';
import { and, element, exists, filter, joined, listAt, longerThan, map, matches, not, or, raw } from './expression.ts';
import { containersOf, podLimits, toldOfContainers, type PodRoot } from './pod.ts';

export const nothingTold: CelList = { text: '[]', cost: 0, count: 0 };

/** Several lists of messages as one. */
export function toldTogether(lists: readonly CelList[]): CelList {
  const told = lists.filter(({ text }) => text !== nothingTold.text);
  return told.length === 0 ? nothingTold : joined(...told);
}

/** A message for each container that adds the capability, in any spelling of ASCII. */
export function toldOfGrants(name: string, message: string, root: PodRoot): CelList {
  return toldOfContainers(and(not(areUnread('add')), addsPlainly([name])), message, root);
}

/** Whether `add` of the container `c`, which has been found readable, grants one of them. */
export function addsPlainly(names: readonly string[]): Cel {
  const spellings = names.flatMap((name) => [name, `CAP_${name}`]);
  return someEntry('add', 'n.trim().upperAscii()', spellings);
}

/** Whether `drop` of the container `c`, which has been found readable, has one of them, as the runtimes read it. */
export function dropsPlainly(names: readonly string[]): Cel {
  return someEntry('drop', 'n.upperAscii()', names);
}

/** Whether `drop` of the container `c` has one of them in a spelling that not every runtime reads. */
export function dropsInVain(names: readonly string[]): Cel {
  return someEntry(
    'drop',
    'n.trim().upperAscii()',
    names.flatMap((name) => [name, `CAP_${name}`]),
  );
}

/** Whether a list of capabilities is longer than is looked at, or has an entry that is, or one with letters outside ASCII. */
export function areUnread(list: 'add' | 'drop'): Cel {
  const { capabilities, capabilityLength } = podLimits;
  const names = listAt('c', ['securityContext', 'capabilities', list], capabilities);
  const name = element('n', capabilityLength);
  return or(
    longerThan(names, capabilities),
    exists(names, 'n', or(longerThan(name, capabilityLength), matches(name, '[^\\x00-\\x7f]'))),
  );
}

function someEntry(list: 'add' | 'drop', reading: string, spellings: readonly string[]): Cel {
  const names = listAt('c', ['securityContext', 'capabilities', list], podLimits.capabilities);
  const constants = spellings.map((each) => `'${each}'`).join(', ');
  return exists(names, 'n', raw(`${reading} in [${constants}]`, 16));
}

/** A message for each port of the node that a container opens. */
export function toldOfHostPorts(root: PodRoot): CelList {
  const { ports, containers } = podLimits;
  const list = listAt('c', ['ports'], ports);
  const onHost = `${root}.spec.?hostNetwork.orValue(false)`;
  const opened = raw(`p.?hostPort.orValue(0) != 0 && !(${onHost} && p.hostPort == p.?containerPort.orValue(0))`, 30);
  const message = raw(
    `'hostPort ' + string(p.hostPort) + ' listens on the node itself (container ' + c.name + ')'`,
    50,
  );
  const ofContainer = map(filter(list, 'p', opened), 'p', message);
  // CEL of the API server has no flattening of lists; no name or number holds a line feed.
  const lines = `(${longerThan(list, ports).text} ? '' : ${ofContainer.text}.join('\\n'))`;
  const text = `${containersOf(root).text}.map(c, ${lines}).join('\\n').split('\\n').filter(t, t != '')`;
  return { text, cost: containers * (ofContainer.cost + ports * 60 + 60), count: containers * ports };
}
