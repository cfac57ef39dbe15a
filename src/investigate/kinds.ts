import type { ApiClient, JsonObject } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { Patience } from '../cluster/patience.ts';
import { getPatiently } from '../cluster/patience.ts';
import { asList, asObject, asString, asStrings } from '../policy/json.ts';

/** A kind that the API server serves. */
export interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural, as in paths. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** As `deploy` for deployments. */
  readonly names: readonly string[];
}

/** Groups that are asked for first: nearly every owner is in one of them. */
const firstGroups = ['', 'apps', 'batch'];

/** What the API server serves, asked for group by group, and each group once. */
export class Kinds {
  readonly #client: Pick<ApiClient, 'request'>;
  readonly #patience: Patience;
  readonly #groups = new Map<string, Promise<readonly ServedKind[]>>();
  #versions: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(client: Pick<ApiClient, 'request'>, patience: Patience) {
    this.#client = client;
    this.#patience = patience;
  }

  /**
   * The kind of an owner reference; undefined where it is not served.
   * @throws {ApiError} where discovery does not answer
   */
  async ofReference(apiVersion: string, kind: string): Promise<ServedKind | undefined> {
    if (!/^(?:[-.a-z0-9]{1,253}\/)?[a-z0-9]{1,63}$/.test(apiVersion)) return undefined;
    return (await this.#of(apiVersion)).find((each) => each.kind === kind);
  }

  /**
   * The kind that a person names: `deploy`, `deployment`, `Deployment`, `deployments.apps`, `rollout.argoproj.io`;
   * undefined where no group has it.
   * @throws {ApiError} where discovery does not answer
   */
  async named(name: string): Promise<ServedKind | undefined> {
    const wanted = name.toLowerCase();
    const dot = wanted.indexOf('.');
    const own = dot < 0 ? wanted : wanted.slice(0, dot);
    const group = dot < 0 ? undefined : wanted.slice(dot + 1);
    const versions = await this.#preferred();
    const groups = [...new Set([...firstGroups, ...versions.keys()])];
    for (const each of groups) {
      const version = each === '' ? 'v1' : versions.get(each);
      // A group may be named in full or, as kubectl has it, with its version in front.
      if (version === undefined || (group !== undefined && group !== each && group !== `${version}.${each}`)) continue;
      const apiVersion = each === '' ? version : `${each}/${version}`;
      const found = (await this.#of(apiVersion)).find(
        ({ kind, resource, names }) => kind.toLowerCase() === own || resource === own || names.includes(own),
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #of(apiVersion: string): Promise<readonly ServedKind[]> {
    const known = this.#groups.get(apiVersion) ?? this.#read(apiVersion);
    this.#groups.set(apiVersion, known);
    return known;
  }

  /** Source: k8s.io/apimachinery pkg/apis/meta/v1 APIResourceList. */
  async #read(apiVersion: string): Promise<readonly ServedKind[]> {
    const slash = apiVersion.indexOf('/');
    const group = slash < 0 ? '' : apiVersion.slice(0, slash);
    const body = await this.#get(slash < 0 ? `/api/${apiVersion}` : `/apis/${apiVersion}`);
    return asList(body['resources']).flatMap((entry) => {
      const { name, singularName, kind, namespaced, shortNames, verbs } = asObject(entry);
      const resource = asString(name);
      if (resource === '' || resource.includes('/') || !asList(verbs).includes('get')) return [];
      return [
        {
          group,
          version: apiVersion.slice(slash + 1),
          kind: asString(kind),
          resource,
          namespaced: namespaced === true,
          names: [asString(singularName), ...asStrings(shortNames)].filter((each) => each !== ''),
        },
      ];
    });
  }

  /** The preferred version of each group. Source: k8s.io/apimachinery pkg/apis/meta/v1 APIGroupList. */
  #preferred(): Promise<ReadonlyMap<string, string>> {
    this.#versions ??= this.#get('/apis').then(
      (body) =>
        new Map(
          asList(body['groups']).map((entry) => {
            const { name, preferredVersion } = asObject(entry);
            return [asString(name), asString(asObject(preferredVersion)['version'])] as const;
          }),
        ),
    );
    return this.#versions;
  }

  /** A group that is not served, or whose server is away, has no kinds that we could read. */
  async #get(path: string): Promise<JsonObject> {
    try {
      return await getPatiently(this.#client, path, { ...this.#patience, patienceMs: 5_000 });
    } catch (error) {
      const isOfGroup = error instanceof ApiError && (error.code === 'not-found' || error.code === 'server-error');
      if (isOfGroup && path.startsWith('/apis/')) return {};
      throw error;
    }
  }
}

/** The path of an object; every part of it is escaped, and names were checked to be names. */
export function objectPath(kind: ServedKind, namespace: string, name: string): string {
  const { group, version, resource, namespaced } = kind;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${resource}/${encodeURIComponent(name)}`;
}

/** `deployments.apps`, as RBAC and kubectl name it. */
export function resourceName({ group, resource }: Pick<ServedKind, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/**
 * Whether a text can be the name of an object: what is none must not get into a path, where `..` leads elsewhere.
 * Source: k8s.io/apimachinery pkg/api/validation/path/name.go (and RBAC's names, which have colons).
 */
export function isName(text: string): boolean {
  return /^[A-Za-z0-9](?:[-._:A-Za-z0-9]*[A-Za-z0-9])?$/.test(text) && text.length <= 253;
}
