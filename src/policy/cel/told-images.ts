/* The messages about images. */
import type { Action } from '../finding.ts';
import { parseImageGlob } from '../image-glob.ts';
import { alternativesOf } from '../image-patterns.ts';
import type { ClassSettings } from '../rule.ts';
import { falcoRule } from '../tool-exposure.ts';
import type { Cel } from './expression.ts';
import { costOf, quoted } from './expression.ts';
import { globCondition } from './image-globs.ts';
import { isPlainImage } from './images.ts';
import { podLimits } from './pod.ts';
import { actingClasses, toldWithAccess } from './told-classes.ts';
import type { CelVariable, Told } from './told.ts';
import { nothingTold, ofEachPod, toldOf } from './told.ts';

const { imageLength } = podLimits;
/** Containers, and volumes that are images. */
const count = podLimits.containers + podLimits.volumes;
/** Longest full name. */
const nameLength = imageLength + '/docker.io/library/'.length;

const bareName = '^[a-z0-9._/-]+(?::[0-9]+/[a-z0-9._/-]+)?';
const withHost = '^(?:[^/]*[.:][^/]*|localhost)/';
const onDockerHub = '^(?:index[.]|registry-1[.])?docker[.]io/';

const isPlain = isPlainImage({ text: 'i.name', cost: 2, length: imageLength });

/** Images by their full names, as src/policy/image-reference.ts has them, with a slash in front; '' for what is not written plainly. */
const images: CelVariable = ofEachPod(
  {
    name: 'images',
    comment:
      'Images by their full names with a slash in front, and whose they are; no name for one that is not written plainly',
    uses: [],
  },
  {
    text: [
      "(pod.containers.map(c, {'name': string(c.?image.orValue('')), 'of': ' (container ' + c.name + ')'})",
      "    + pod.spec.?volumes.orValue([]).filter(v, has(v.image)).map(v, {'name': string(v.image.?reference.orValue('')), 'of': ''}))",
      `    .map(i, {'of': i.of, 'name': size(i.name) <= ${imageLength} && ${isPlain.text} ? i.name.find(${quoted(bareName)}) : ''})`,
      "    .map(i, {'of': i.of, 'name': i.name == '' ? ''",
      `      : !i.name.matches(${quoted(withHost)}) ? '/docker.io/' + (i.name.contains('/') ? '' : 'library/') + i.name`,
      `      : !i.name.matches(${quoted(onDockerHub)}) ? '/' + i.name`,
      "      : '/docker.io/' + (i.name.substring(i.name.indexOf('/') + 1).contains('/') ? '' : 'library/') + i.name.substring(i.name.indexOf('/') + 1)})",
    ].join('\n'),
    cost: count * (isPlain.cost + 3 * costOf.match(imageLength, 48) + 12 * costOf.traversal(nameLength) + 300),
    count,
  },
);

/** A message for each image that a pattern of a class matches, where the class has this action. */
export function toldOfImages(classes: ReadonlyMap<string, ClassSettings>, action: Action): Told {
  const acting = actingClasses(classes, action);
  if (acting.isEmpty) return nothingTold;
  const patterns = [...classes.values()].flatMap(({ name, entries }) =>
    entries.map((pattern) => ({ label: `${name}: ${pattern}`, condition: patternCondition(pattern) })),
  );
  const tools = patterns.map(({ label, condition }) => `${condition.text} ? ${quoted(label)} : ''`);
  const cost = patterns.reduce((sum, { condition }) => sum + condition.cost + 22, 0);
  const message = toldWithAccess("'image is a network tool (' + i.tool + ')'", quoted(falcoRule));
  const text = [
    "pod.map(i, {'of': i.of, 'tool': ([",
    ...tools.map((each) => `      ${each},`),
    "    ].filter(t, t != '') + [''])[0]})",
    `    .filter(i, i.tool != '' && i.tool.split(': ')[0] in ${acting.text})`,
    `    .map(i, ${message.text} + i.of)`,
  ].join('\n');
  const told = toldOf(images, { text, cost: count * (cost + message.cost + 200), count }, acting.uses);
  // Whether an update replaced it cannot be told of an image whose name is not known.
  const left = "!variables.isAccessTold || variables.images.size() > 1 && variables.images[1].exists(i, i.name == '')";
  return { ...told, text: `${left} ? [[], []] : ${told.text}`, cost: told.cost + count * 12 };
}

/** Whether the name of the image `i` matches the pattern: from any slash on. */
function patternCondition(pattern: string): Cel {
  const parts = alternativesOf(pattern).map((text) => {
    const glob = parseImageGlob(text);
    if (typeof glob === 'string') throw new TypeError(`image pattern ${JSON.stringify(pattern)}: ${glob}`);
    return globCondition(glob, { text: 'i.name', cost: 2, length: nameLength });
  });
  const text = parts.map((part) => part.text).join(' || ');
  return { text, cost: parts.reduce((sum, part) => sum + part.cost, 0) };
}
