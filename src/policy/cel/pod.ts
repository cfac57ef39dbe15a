/* The pod of a request as expressions see it: its containers, what they may hold, and how much of it is looked at. */
import type { Cel, CelList, CelText } from './expression.ts';
import {
  and,
  element,
  exists,
  fieldOr,
  isTrue,
  joined,
  listAt,
  longerThan,
  matches,
  not,
  or,
  raw,
  textAt,
} from './expression.ts';

/**
 * How much of a pod is looked at. A pod that has more of something is the webhook's to judge, so that none spends the
 * budget; nearly every pod there is has less.
 */
export const podLimits = {
  containers: 16,
  volumes: 32,
  imageVolumes: 8,
  capabilities: 24,
  capabilityLength: 40,
  ports: 48,
  imageLength: 200,
  pathLength: 128,
} as const;

/** The containers of all three lists. */
export function containersOf(): CelList {
  const { containers } = podLimits;
  const all = joined(
    listAt('object.spec', ['containers'], containers),
    listAt('object.spec', ['initContainers'], containers),
    listAt('object.spec', ['ephemeralContainers'], containers),
  );
  return { ...all, text: `(${all.text})`, count: containers };
}

export function volumesOf(): CelList {
  return listAt('object.spec', ['volumes'], podLimits.volumes);
}

/** Whether the pod has more containers or volumes than are looked at: to be asked before anything else. */
export function isTooMuch(): Cel {
  const spec = 'object.spec';
  const sizes = ['containers', 'initContainers', 'ephemeralContainers'].map((list) => listAt(spec, [list], 0));
  const cost = sizes.reduce((total, each) => total + each.cost + 3, 0);
  return or(
    raw(`${sizes.map(({ text }) => `size(${text})`).join(' + ')} > ${podLimits.containers}`, cost),
    longerThan(volumesOf(), podLimits.volumes),
  );
}

/** Whether some container, `c`, has what the body says. */
export function someContainer(body: Cel): Cel {
  return exists(containersOf(), 'c', body);
}

/** Whether some volume, `v`, has what the body says. */
export function someVolume(body: Cel): Cel {
  return exists(volumesOf(), 'v', body);
}

/** Whether the pod's spec says true at this path. */
export function specSays(...path: readonly string[]): Cel {
  return isTrue('object.spec', ...path);
}

/**
 * Whether `add` of the container `c` holds a name that the pattern matches, or one that cannot be told here: with letters outside
 * ASCII, or too long or too many of them.
 */
export function addsCapability(names: readonly string[]): Cel {
  return listsCapability('add', `^[\\t-\\r ]*(?i:cap_)?(?i:${names.join('|')})[\\t-\\r ]*$|[^\\x00-\\x7f]`);
}

/** Whether one of the two lists of capabilities of the container `c` holds a name that matches, or more than is looked at. */
export function listsCapability(list: 'add' | 'drop', pattern: string): Cel {
  const { capabilities, capabilityLength } = podLimits;
  const names = listAt('c', ['securityContext', 'capabilities', list], capabilities);
  const name = element('name', capabilityLength);
  return or(
    longerThan(names, capabilities),
    exists(names, 'name', or(longerThan(name, capabilityLength), matches(name, pattern))),
  );
}

/** Whether `drop` of the container `c` holds a name that matches, among the first that are looked at at all. */
export function someDrop(pattern: string): Cel {
  const { capabilities, capabilityLength } = podLimits;
  const names = listAt('c', ['securityContext', 'capabilities', 'drop'], capabilities);
  const name = element('name', capabilityLength);
  return and(
    not(longerThan(names, capabilities)),
    exists(names, 'name', and(not(longerThan(name, capabilityLength)), matches(name, pattern))),
  );
}

/** The image of the container `c`, once it is known to be short enough. */
export function imageOfContainer(): CelText {
  return textAt('c', ['image'], podLimits.imageLength);
}

/**
 * Whether the image of some container or image volume has what `body` says, or is longer than is looked at.
 */
export function someImage(body: (image: CelText) => Cel): Cel {
  const { imageLength, imageVolumes, volumes } = podLimits;
  const ofContainer = imageOfContainer();
  const ofVolume = textAt('v', ['image', 'reference'], imageLength);
  const hasImage = raw('has(v.image)', 4);
  const withImage: CelList = {
    text: `${volumesOf().text}.filter(v, ${hasImage.text})`,
    cost: volumesOf().cost + volumes * (hasImage.cost + 26),
    count: imageVolumes,
  };
  return or(
    someContainer(or(longerThan(ofContainer, imageLength), body(ofContainer))),
    longerThan(withImage, imageVolumes),
    exists(withImage, 'v', or(longerThan(ofVolume, imageLength), body(ofVolume))),
  );
}

/** Whether an annotation is there and not empty. */
export function isAnnotated(name: string): Cel {
  return raw(`object.metadata.?annotations[?${JSON.stringify(name).replaceAll('"', "'")}].orValue('') != ''`, 16);
}

/** Whether a flag below the container `c` is true. */
export function containerSays(...path: readonly string[]): Cel {
  return isTrue('c', ...path);
}

/** A number below a variable; 0 where it is missing. */
export function numberAt(root: string, path: readonly string[]): Cel {
  return fieldOr(root, path, '0');
}
