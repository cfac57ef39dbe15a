/* What several rules ask of a pod, computed once. */
import { accessCapabilities } from '../host-access.ts';
import type { Cel, CelList } from './expression.ts';
import { costOf, element, filter, listAt, map, matches, quoted, raw } from './expression.ts';
import { givesAccess } from './host-access.ts';
import { podLimits } from './pod.ts';
import type { CelVariable } from './told.ts';
import { containers, ofEachPod, volumes } from './told.ts';

/** The pods that are looked at; every other variable rests on this one. */
export function podsVariable(comparesUpdates: boolean): CelVariable {
  const lists = ['containers', 'initContainers', 'ephemeralContainers'].map((list) => `o.spec.?${list}.orValue([])`);
  const objects = comparesUpdates ? "(request.operation == 'UPDATE' ? [object, oldObject] : [object])" : '[object]';
  return {
    name: 'pods',
    comment: comparesUpdates ? 'The pod and, behind it, what it was before an update' : 'The pod',
    value: raw(`${objects}.map(o, {\n  'spec': o.spec,\n  'containers': ${lists.join(' + ')}\n})`, 300),
    uses: [],
  };
}

/** Whether no name of a list of capabilities of the container `c` is longer than is looked at, or outside ASCII. */
export function areRead(list: 'add' | 'drop'): Cel {
  const { capabilities, capabilityLength } = podLimits;
  const names = listAt('c', ['securityContext', 'capabilities', list], capabilities).text;
  const perName = costOf.match(capabilityLength, 15) + 20;
  return raw(
    `size(${names}) <= ${capabilities} && ${names}.all(n, size(n) <= ${capabilityLength} && !n.matches('[^\\\\x00-\\\\x7f]'))`,
    capabilities * perName + 60,
  );
}

const added = listAt('c', ['securityContext', 'capabilities', 'add'], podLimits.capabilities);

/** What each container adds, as `names`, beside the `container` itself. */
export const granted: CelVariable = ofEachPod(
  {
    name: 'granted',
    comment: 'What each container adds: in capitals and without CAP_; only of containers whose names are all read here',
    uses: [],
  },
  grantedNames(),
);

/** Of each container `c` whose names are all read: itself, and the names in capitals. */
function grantedNames(): CelList {
  const inCapitals = map(added, 'n', raw('n.trim().upperAscii()', 2 * costOf.traversal(podLimits.capabilityLength)));
  const bare = map(inCapitals, 'n', raw("n.startsWith('CAP_') ? n.substring(4) : n", 16));
  const found = filter(containers, 'c', areRead('add'));
  const made = raw(`{'container': c, 'names': dyn(${bare.text})}`, bare.cost + 40);
  return { ...map(found, 'c', made), text: `${found.text}\n    .map(c, ${made.text})` };
}

/** A path that cleaning up would leave as it is. */
const plainPath = '^(?:/|(?:/[\\x20-.0-\\x5b\\x5d-\\x7e]+)+)$';
const { pathLength } = podLimits;

/** The paths of the node that the pod mounts, as far as they are written plainly. */
export const plainPaths: CelVariable = ofEachPod(
  { name: 'plainPaths', comment: 'The paths of the node that are mounted and written plainly', uses: [] },
  mountedPaths(),
);

/** The paths of all volumes, and of these the plain ones. */
function mountedPaths(): CelList {
  const path = element('p', pathLength);
  const isPlain = matches(path, plainPath);
  const hasDots = matches(path, '/[.][.]?(?:/|$)');
  const written = map(filter(volumes, 'v', raw('has(v.hostPath)', 4)), 'v', raw('v.hostPath.path', 3));
  const condition = `size(p) <= ${pathLength} && ${isPlain.text} && !${hasDots.text}`;
  const found = filter(written, 'p', raw(condition, isPlain.cost + hasDots.cost + 8));
  return { ...found, text: `${written.text}\n    .filter(p, ${condition})` };
}

const hostProcess = '?securityContext.?windowsOptions.?hostProcess.orValue(false)';

/** As src/policy/host-access.ts has it: flags, capabilities, paths. */
export const access: CelVariable = {
  name: 'access',
  comment: 'The host access of the pod',
  uses: [granted, plainPaths],
  value: accessNames(),
};

/** In the order in which a message names them. */
function accessNames(): Cel {
  const capabilities = [...accessCapabilities].sort();
  const gives = givesAccess(element('p', pathLength));
  const text = [
    "(object.spec.?hostNetwork.orValue(false) ? ['hostNetwork'] : [])",
    "(object.spec.?hostPID.orValue(false) ? ['hostPID'] : [])",
    `(object.spec.${hostProcess} || variables.pods[0].containers.exists(c, c.${hostProcess}) ? ['hostProcess'] : [])`,
    "(variables.pods[0].containers.exists(c, c.?securityContext.?privileged.orValue(false)) ? ['privileged'] : [])",
    `[${capabilities.map(quoted).join(', ')}].filter(n, variables.granted[0].exists(g, n in g.names))`,
    `variables.plainPaths[0].filter(p, ${gives.text}).map(p, 'hostPath ' + p)`,
  ].join('\n+ ');
  const ofContainers = podLimits.containers * (24 + capabilities.length * (podLimits.capabilities + 16));
  return raw(text, 200 + ofContainers + podLimits.volumes * (gives.cost + 60));
}

/** Longest path that a message of a tool tells in full. */
const toldPath = 'hostPath '.length + 55;

export const isAccessTold: CelVariable = {
  name: 'isAccessTold',
  comment: 'Whether the host access is all told here: not where something is not read, nor where several paths give it',
  uses: [access],
  value: raw(
    [
      'size(variables.granted[0]) == size(variables.pods[0].containers)',
      `size(variables.plainPaths[0]) == size(object.spec.?volumes.orValue([]).filter(v, has(v.hostPath)))`,
      `variables.access.all(a, size(a) <= ${toldPath}) && size(variables.access.filter(a, a.startsWith('hostPath '))) <= 1`,
    ].join('\n&& '),
    podLimits.volumes * 60 + 100,
  ),
};

export const withAccess: CelVariable = {
  name: 'withAccess',
  comment: 'The host access as the message of a tool names it',
  uses: [access],
  value: raw(
    [
      "size(variables.access) == 0 ? '' : ' with host access ('",
      "  + [0, 1, 2, 3].filter(i, i < size(variables.access)).map(i, variables.access[i]).join(', ')",
      "  + (size(variables.access) > 4 ? ' and more): ' : '): ')",
    ].join('\n'),
    400,
  ),
};
