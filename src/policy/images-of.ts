import type { FieldPath } from './finding.ts';
import { asList, asObject } from './json.ts';
import type { ContainerView, PodView } from './pod-spec.ts';

/** An image that a pod brings in, as a container or as a volume. */
export interface PodImage {
  readonly image: string;
  readonly path: FieldPath;
  readonly container?: ContainerView;
}

/** Calls `visit` for the image of each container and of each image volume. */
export function visitImages(pod: PodView, visit: (image: PodImage) => void): void {
  for (const container of pod.containers) {
    const image = container.value['image'];
    if (typeof image === 'string') visit({ image, path: [...container.path, 'image'], container });
  }
  if (pod.spec['volumes'] === undefined) return;
  const volumes = asList(pod.spec['volumes']);
  for (let index = 0; index < volumes.length; index += 1) {
    const image = asObject(asObject(volumes[index])['image'])['reference'];
    if (typeof image === 'string') visit({ image, path: [...pod.specPath, 'volumes', index, 'image', 'reference'] });
  }
}
