import type { FieldPath, JsonObject } from './finding.ts';

/** The three lists of a pod spec that hold containers, in the order of the API's own documentation. */
export const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** One container of a pod view, and where it stands. */
export interface ContainerView {
  /** The container as it came from outside. */
  readonly value: JsonObject;
  /** Its securityContext, and the capabilities in it; empty objects where it has none. */
  readonly securityContext: JsonObject;
  readonly capabilities: JsonObject;
  /** Its name; '' where it has none. */
  readonly name: string;
  readonly path: FieldPath;
  /** True for a step of a template that is no whole pod spec. */
  readonly isStep: boolean;
}

/** What a pod spec gives its containers of the host, in the words of its fields, the first few; empty where it gives nothing. */
export type HostAccess = readonly string[];

/** One pod spec (or what stands for one) wherever it was found. */
export interface PodView {
  /** The pod spec, or the object that stands for one where a template holds only containers. */
  readonly spec: JsonObject;
  readonly specPath: FieldPath;
  /** The metadata that the pod will have; an empty object where it has none. */
  readonly metadata: JsonObject;
  readonly metadataPath: FieldPath;
  readonly containers: readonly ContainerView[];
  /** True where the containers are laid over others, so that what they do not say may be said there. */
  readonly overlay: boolean;
  /** True where a controller makes pods from it, false for a Pod itself. */
  readonly template: boolean;
  readonly hostAccess: HostAccess;
  /** The account that the pod runs as; undefined where that is not in sight. */
  readonly serviceAccount: string | undefined;
}
