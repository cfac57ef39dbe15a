/*
 * Fields:  image of every container, image.reference of every image volume
 * Allowed: an image that no class lists; a part of the name alone is a weaker match, of the action `tokens`
 * Source:  ../network-images.ts names one for each entry
 */
import type { Cel } from '../cel/expression.ts';
import { and, never, or } from '../cel/expression.ts';
import { mayHaveHostAccess } from '../cel/host-access.ts';
import { toldOfImages } from '../cel/told-images.ts';
import { mayMatchImage, mayNameTool } from '../cel/images.ts';
import { someImage } from '../cel/pod.ts';
import type { ImageMatch } from '../image-patterns.ts';
import { compileImagePatterns, compileNameTokens } from '../image-patterns.ts';
import { parseImageReference } from '../image-reference.ts';
import { aboutImage, visitImages } from '../images-of.ts';
import { Memo } from '../memo.ts';
import { networkImages } from '../network-images.ts';
import { networkTools } from '../network-tools.ts';
import type { RuleDefinition } from '../rule.ts';
import { classesWith } from '../tool-classes.ts';
import { toolSeverity, withHostAccess } from '../tool-exposure.ts';

const patterns = new Map(networkImages.map((each) => [each.class, each.entries.map(({ pattern }) => pattern)]));
const toolNames = new Set(networkTools.flatMap((each) => each.entries.map(({ name }) => name)));

export const networkToolImage: RuleDefinition = {
  id: 'network-tool-image',
  title: 'Network tool image',
  category: 'Network tools',
  action: 'deny',
  severity: 'high',
  finds: 'A container or image volume whose image is a network tool, found by name wherever it is mirrored.',
  why: 'Such an image has no other use than to look at, scan or redirect a network. With host access it does so on the node.',
  fields: [
    'spec.containers[*].image',
    'spec.initContainers[*].image',
    'spec.ephemeralContainers[*].image',
    'spec.volumes[*].image.reference',
  ],
  allowed: 'an image that matches no pattern of a class below; registry, tag and digest do not matter',
  remedy: "Use the application's own image; to debug, ask for an exemption with an end date.",
  sources: ['https://github.com/distribution/reference', 'src/policy/network-images.ts (a source for each pattern)'],
  classes: classesWith(patterns),
  tokens: 'audit',
  necessary: ({ classes, tokens }, counts) => {
    const counted = [...classes.values()];
    const patterns = (some: typeof counted): string[] => some.flatMap(({ entries }) => entries);
    const free = patterns(counted.filter(({ action }) => counts(action)));
    const bound = patterns(counted.filter(({ action, hostAccess }) => counts(hostAccess) && !counts(action)));
    const one = (some: readonly string[]): Cel =>
      some.length === 0 ? never : someImage((image) => mayMatchImage(image, some));
    return or(
      one(free),
      counts(tokens) ? someImage((image) => mayNameTool(image, [...toolNames])) : never,
      and(one(bound), mayHaveHostAccess()),
    );
  },
  exact: ({ classes }, action) => toldOfImages(classes, action),
  undecided:
    'parts of names; images longer than 200 characters, by an id, or with a host in capitals; every image of an update of a pod that had one of these; and pods whose host access is not all written plainly, or by several paths',
  prepare: (settings) => {
    const classes = [...settings.classes.values()];
    const match = compileImagePatterns(
      classes.flatMap((each) => each.entries.map((pattern) => ({ class: each.name, pattern }))),
    );
    const toolInName = compileNameTokens(toolNames);
    const known = new Memo<ImageMatch | string | undefined>();
    /** The match of an image, the tool that a part of its name is, or undefined. */
    const find = (image: string): ImageMatch | string | undefined => {
      const reference = parseImageReference(image);
      return 'opaque' in reference ? undefined : (match(reference) ?? toolInName(reference));
    };
    return (pod, report) => {
      visitImages(pod, (image, place) => {
        const found = known.get(image, find);
        if (found === undefined) return;
        const about = aboutImage(pod, image, place);
        if (typeof found === 'string') {
          report({
            ...about,
            message: `image name holds the name of a network tool (${found})`,
            action: settings.tokens,
            severity: 'low',
          });
          return;
        }
        const each = settings.classes.get(found.class);
        if (each === undefined) return;
        const subject = `image is a network tool (${each.name}: ${found.pattern})`;
        report({
          ...about,
          message: `${subject}${withHostAccess(pod, undefined)}`,
          subject,
          action: pod.hostAccess.length > 0 ? each.hostAccess : each.action,
          severity: toolSeverity(pod, each.severity),
          class: each.name,
        });
      });
    };
  },
};
