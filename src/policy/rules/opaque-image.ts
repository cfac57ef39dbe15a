/*
 * Fields:  image of every container, image.reference of every image volume
 * Allowed: an image with a name
 * Source:  github.com/distribution/reference: 64 hex digits and `sha256:<digits>` are identifiers, not names
 */
import { parseImageReference } from '../image-reference.ts';
import { visitImages } from '../images-of.ts';
import type { RuleDefinition } from '../rule.ts';

export const opaqueImage: RuleDefinition = {
  id: 'opaque-image',
  title: 'Image without a name',
  category: 'Network tools',
  action: 'warn',
  severity: 'low',
  finds: 'An image that is named only by its id, or whose name no runtime reads; no rule can judge it by name.',
  why: 'An id runs whatever already lies on the node under it, a network tool as well as anything else.',
  fields: [
    'spec.containers[*].image',
    'spec.initContainers[*].image',
    'spec.ephemeralContainers[*].image',
    'spec.volumes[*].image.reference',
  ],
  allowed: 'a name, with or without tag and digest',
  remedy: 'Name the image (`registry/name@sha256:...`); a digest behind a name is welcome.',
  sources: ['https://github.com/distribution/reference/blob/main/normalize.go'],
  prepare: () => (pod, report) => {
    visitImages(pod, ({ image, path, container }) => {
      if (image === '') return;
      const reference = parseImageReference(image);
      if (!('opaque' in reference)) return;
      const what = reference.opaque === 'id' ? 'is named only by its id' : 'has a name that no runtime reads';
      report({
        path,
        image,
        message: `image ${what}, so that no rule can judge it by name`,
        ...(container === undefined ? {} : { container }),
      });
    });
  },
};
