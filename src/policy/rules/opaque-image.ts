/*
 * Fields:  image of every container, image.reference of every image volume
 * Allowed: an image with a name
 * Source:  github.com/distribution/reference: 64 hex digits and `sha256:<digits>` are identifiers, not names
 */
import { mayBeOpaque } from '../cel/images.ts';
import { never } from '../cel/expression.ts';
import { someImage } from '../cel/pod.ts';
import { parseImageReference } from '../image-reference.ts';
import { aboutImage, visitImages } from '../images-of.ts';
import { Memo } from '../memo.ts';
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
  allowed:
    'a name, with or without tag and digest; in a template also what its operator fills in, such as `$(params.image)`',
  remedy: 'Name the image (`registry/name@sha256:...`); a digest behind a name is welcome.',
  sources: ['https://github.com/distribution/reference/blob/main/normalize.go'],
  necessary: ({ action }, counts) => (counts(action) ? someImage(mayBeOpaque) : never),
  prepare: () => {
    const known = new Memo<'id' | 'too-long' | 'unreadable' | undefined>();
    return (pod, report) => {
      visitImages(pod, (image, place) => {
        const opaque = image === '' ? undefined : known.get(image, opacity);
        if (opaque === undefined) return;
        // What an operator fills in (Tekton's `$(params.image)`, Argo's `{{inputs.parameters.image}}`) is judged in the pod.
        if (opaque === 'unreadable' && pod.template && /\$\(|\{\{/.test(image)) return;
        const what = opaque === 'id' ? 'is named only by its id' : 'has a name that no runtime reads';
        report({
          ...aboutImage(pod, image, place),
          message: `image ${what}, so that no rule can judge it by name`,
        });
      });
    };
  },
};

/** Why an image has no name that a rule could judge; undefined for one that has. */
function opacity(image: string): 'id' | 'too-long' | 'unreadable' | undefined {
  const reference = parseImageReference(image);
  return 'opaque' in reference ? reference.opaque : undefined;
}
