import { controllerOf } from '../audit/owners.ts';
import type { JsonObject } from '../policy/finding.ts';
import { parseImageReference } from '../policy/image-reference.ts';
import { asObject, asString } from '../policy/json.ts';
import type { OwnerReference } from '../report/report.ts';
import type { ClusterLook } from './cluster-look.ts';
import { podIdentity } from './owner-chain.ts';
import type { ContainerFacts } from './running.ts';
import { containersOf } from './running.ts';

/** An image that is looked for: by what was pulled, else by its name. */
export interface WantedImage {
  readonly image: string;
  /** '' where it is not known. */
  readonly digest: string;
}

/** Where an image runs, by what controls its pods. */
export interface ImageUse extends WantedImage {
  /** The controller, or a bare pod, and how many pods of it; the most first. */
  readonly where: readonly { readonly owner: OwnerReference; readonly pods: number }[];
  /** Owners that are not in `where`. */
  readonly more: number;
  readonly pods: number;
}

const maxOwners = 10;
/** Owners that are told apart; a hostile cluster has any number of bare pods. */
const maxKept = 1_000;

/** Each different image of containers, by digest where one is known. */
export function imagesOf(containers: readonly ContainerFacts[]): WantedImage[] {
  const images = new Map<string, WantedImage>();
  for (const { image, digest } of containers) if (image !== '') images.set(digest || image, { image, digest });
  return [...images.values()];
}

/** The canonical name without tag and digest; the text itself where it has none. */
export function imageName(image: string): string {
  const reference = parseImageReference(image);
  return 'opaque' in reference ? image : reference.name;
}

/**
 * Whether a person means this image: by digest, by the whole reference, or, where he gives neither tag nor digest, by name.
 * @param wanted - an image reference, or sha256:...
 */
export function isImage(wanted: string, { image, digest }: Pick<ContainerFacts, 'image' | 'digest'>): boolean {
  if (wanted === image || (digest !== '' && (wanted === digest || wanted.endsWith(`@${digest}`)))) return true;
  const reference = parseImageReference(wanted);
  if ('opaque' in reference) return false;
  const own = parseImageReference(image);
  if ('opaque' in own || own.name !== reference.name || reference.digest !== undefined) return false;
  return reference.tag === undefined || (own.tag ?? 'latest') === reference.tag;
}

/** Looks through every pod of the cluster for images, page by page; pods are not held. */
export async function whereImagesRun(wanted: readonly WantedImage[], look: ClusterLook): Promise<readonly ImageUse[]> {
  const uses = wanted.map((image) => ({
    image,
    owners: new Map<string, { owner: OwnerReference; pods: number }>(),
    pods: 0,
  }));
  if (uses.length === 0) return [];
  await look.list(
    '/api/v1/pods',
    { right: 'list pods in all namespaces', unknown: 'where else the image runs' },
    (pod) => {
      const containers = containersOf(pod);
      for (const use of uses) {
        if (!containers.some((container) => isSame(use.image, container))) continue;
        use.pods += 1;
        count(use.owners, controllerOf(pod) ?? podIdentity(pod));
      }
      return false;
    },
  );
  return uses.map(({ image, owners, pods }) => {
    const sorted = [...owners.values()].toSorted((one, other) => other.pods - one.pods);
    return { ...image, where: sorted.slice(0, maxOwners), more: Math.max(0, sorted.length - maxOwners), pods };
  });
}

function isSame(wanted: WantedImage, container: ContainerFacts): boolean {
  if (wanted.digest !== '' && container.digest !== '') return wanted.digest === container.digest;
  return isImage(wanted.image, container);
}

function count(owners: Map<string, { owner: OwnerReference; pods: number }>, owner: OwnerReference): void {
  const key = [owner.namespace, owner.kind, owner.name, owner.uid ?? ''].join('\0');
  const known = owners.get(key);
  if (known !== undefined) known.pods += 1;
  else if (owners.size < maxKept) owners.set(key, { owner, pods: 1 });
}

/** The namespaces that pods of an image are in, for a headline. */
export function namespacesOf({ where }: ImageUse): readonly string[] {
  return [...new Set(where.map(({ owner }) => owner.namespace))];
}

/** The pods of an image. */
export function podsWithImage(
  image: string,
  look: ClusterLook,
): Promise<{ items: readonly JsonObject[]; whole: boolean }> {
  return look.list(
    '/api/v1/pods',
    { right: 'list pods in all namespaces', unknown: `where image ${image} runs` },
    (pod) =>
      asString(asObject(pod['metadata'])['name']) !== '' && containersOf(pod).some((each) => isImage(image, each)),
  );
}
