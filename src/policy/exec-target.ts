import type { JsonObject } from './finding.ts';
import { asList, asObject, asString } from './json.ts';
import type { HostAccess } from './pod-spec.ts';
import { podViews } from './pod-views.ts';

/** What the verdict on exec options needs to know of the pod that they are for. */
export interface ExecTarget {
  readonly hostAccess: HostAccess;
  /** The account that the pod runs as; undefined where that is not known. */
  readonly serviceAccount: string | undefined;
  /** The image of each container by its name; under '' that of the container which options without a name are for. */
  readonly images: ReadonlyMap<string, string>;
}

/**
 * Reads the target of an exec from a Pod as the API server has it; undefined for what has no spec.
 * Options that name no container are for the only one of `spec.containers`, and refused by the API server where there are
 * several. Source: k8s.io/kubernetes pkg/registry/core/pod/strategy.go (validateContainer).
 */
export function readExecTarget(pod: JsonObject): ExecTarget | undefined {
  const [view] = podViews({ value: pod, apiVersion: 'v1', kind: 'Pod', path: [] }, []);
  if (view === undefined) return undefined;
  const images = new Map(view.containers.map(({ name, value }) => [name, asString(value['image'])]));
  const [only, ...others] = asList(view.spec['containers']);
  if (only !== undefined && others.length === 0) images.set('', asString(asObject(only)['image']));
  else images.delete('');
  return { hostAccess: view.hostAccess, serviceAccount: view.serviceAccount, images };
}
