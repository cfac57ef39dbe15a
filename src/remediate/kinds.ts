import type { FieldPath, JsonObject, ObjectReference } from '../policy/finding.ts';
import { asObject, asString, valueAt } from '../policy/json.ts';

/** A kind that is known well enough to be changed: what stops it, and where its pods come from. */
export interface KnownKind {
  readonly kind: string;
  /** As apps/v1. */
  readonly apiVersion: string;
  /** Plural, as in paths and in RBAC. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** The pod spec, or that of its template; empty for a kind that has none. */
  readonly podSpec: FieldPath;
  /** What kubectl takes for it beside the kind and the plural. */
  readonly shortNames: readonly string[];
}

const template: FieldPath = ['spec', 'template', 'spec'];

const known = (
  kind: string,
  apiVersion: string,
  resource: string,
  podSpec: FieldPath,
  ...shortNames: readonly string[]
): KnownKind => ({ kind, apiVersion, resource, namespaced: true, podSpec, shortNames });

/** Built-in owners of pods. Any other is changed where it is defined, by those who know what its operator makes of it. */
export const targetKinds: readonly KnownKind[] = [
  known('Pod', 'v1', 'pods', ['spec'], 'po'),
  known('ReplicationController', 'v1', 'replicationcontrollers', template, 'rc'),
  known('Deployment', 'apps/v1', 'deployments', template, 'deploy'),
  known('ReplicaSet', 'apps/v1', 'replicasets', template, 'rs'),
  known('StatefulSet', 'apps/v1', 'statefulsets', template, 'sts'),
  known('DaemonSet', 'apps/v1', 'daemonsets', template, 'ds'),
  known('Job', 'batch/v1', 'jobs', template),
  known('CronJob', 'batch/v1', 'cronjobs', ['spec', 'jobTemplate', ...template], 'cj'),
];

/** What a remediation may change beside pods and their owners. */
const otherKinds: readonly KnownKind[] = [
  { ...known('Node', 'v1', 'nodes', []), namespaced: false },
  known('NetworkPolicy', 'networking.k8s.io/v1', 'networkpolicies', []),
];

/** The kind that an object says to be, in whichever version it says so; undefined for one that is not known. */
export function knownKind({ apiVersion, kind }: Pick<ObjectReference, 'apiVersion' | 'kind'>): KnownKind | undefined {
  return [...targetKinds, ...otherKinds].find(
    (each) => each.kind === kind && groupOf(each.apiVersion) === groupOf(apiVersion),
  );
}

/** The kind that a word of a command line means: `deployment`, `deployments`, `deploy`, `deployments.apps`, `Deployment`. */
export function kindOfWord(word: string): KnownKind | undefined {
  const [name = '', ...group] = word.toLowerCase().split('.');
  return targetKinds.find(({ kind, resource, shortNames, apiVersion }) => {
    const isNamed = [kind.toLowerCase(), resource, ...shortNames].includes(name);
    return isNamed && (group.length === 0 || group.join('.') === groupOf(apiVersion));
  });
}

export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** The path of a collection, in one namespace where the kind has them. */
export function collectionPath({ apiVersion, resource, namespaced }: KnownKind, namespace: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : ''}/${resource}`;
}

export function objectPath(kind: KnownKind, { namespace, name }: Pick<ObjectReference, 'namespace' | 'name'>): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}

/** The template's metadata, or the pod's own. */
export function podMetadata({ podSpec }: KnownKind, object: JsonObject): JsonObject {
  return asObject(valueAt(object, [...podSpec.slice(0, -1), 'metadata']));
}

export function nameOf(object: JsonObject): string {
  return asString(asObject(object['metadata'])['name']);
}

export function uidOf(object: JsonObject): string {
  return asString(asObject(object['metadata'])['uid']);
}

export function resourceVersionOf(object: JsonObject): string {
  return asString(asObject(object['metadata'])['resourceVersion']);
}

export function referenceOf(object: JsonObject, { apiVersion, kind }: KnownKind): ObjectReference {
  const { namespace, name } = asObject(object['metadata']);
  return { apiVersion, kind, namespace: asString(namespace), name: asString(name) };
}
