import type { FieldPath } from './finding.ts';
import { asList, asObject } from './json.ts';
import type { ContainerView, PodView } from './pod-spec.ts';

/** Where an image stands in a pod: a container, or the index of the volume that brings it in. */
export type ImagePlace = ContainerView | number;

/** Calls `visit` for the image of each container and of each image volume. */
export function visitImages(pod: PodView, visit: (image: string, place: ImagePlace) => void): void {
  for (const container of pod.containers) {
    const image = container.value['image'];
    if (typeof image === 'string') visit(image, container);
  }
  if (pod.spec['volumes'] === undefined) return;
  const volumes = asList(pod.spec['volumes']);
  for (let index = 0; index < volumes.length; index += 1) {
    const image = asObject(asObject(volumes[index])['image'])['reference'];
    if (typeof image === 'string') visit(image, index);
  }
}

/** What an observation says of where an image stands. */
export function aboutImage(
  pod: PodView,
  image: string,
  place: ImagePlace,
): { readonly image: string; readonly path: FieldPath; readonly container: ContainerView | undefined } {
  return typeof place === 'number'
    ? { image, path: [...pod.specPath, 'volumes', place, 'image', 'reference'], container: undefined }
    : { image, path: [...place.path, 'image'], container: place };
}
