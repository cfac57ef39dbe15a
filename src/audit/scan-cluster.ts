import type { ApiClient, JsonObject } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { Consistency, ListOptions } from '../cluster/list.ts';
import { listPages } from '../cluster/list.ts';
import { getPatiently } from '../cluster/patience.ts';
import { asObject, asString } from '../policy/json.ts';
import type { Policy } from '../policy/policy.ts';
import type { Unseen } from '../report/report.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { ScanLedger } from './scan-ledger.ts';
import type { WorkloadResource } from './workload-resources.ts';
import {
  apiVersionOf,
  collectionPath,
  fullName,
  isOfOneRequest,
  podResource,
  workloadResources,
} from './workload-resources.ts';

export interface ClusterScanOptions {
  readonly policy: Policy;
  readonly nowMs: number;
  /** Only this namespace; all of them, and what is in none, where it is absent. */
  readonly namespace?: string | undefined;
  /** Whether somebody reads how each finding is mended. */
  readonly detail?: boolean;
  /** How lists are asked for; the same for every one. */
  readonly list: ListOptions;
  /** Told after each page, for a person who waits. */
  readonly onProgress?: (progress: ScanProgress) => void;
}

export interface ScanProgress {
  /** Plural of the kind that is being read, as `pods`. */
  readonly resource: string;
  readonly pods: number;
  readonly templates: number;
  /** Objects of this kind that are still to come, where the server says so. */
  readonly remaining: number | undefined;
}

/** A namespace, as far as webhooks choose by it. */
export interface NamespaceLabels {
  readonly name: string;
  readonly labels: JsonObject;
}

/** What was read of a cluster. */
export interface ClusterScan {
  readonly ledger: ScanLedger;
  /** The namespaces that were there at the start; undefined where they may not be listed. */
  readonly namespaces: readonly NamespaceLabels[] | undefined;
  readonly resources: readonly WorkloadResource[];
  readonly unseen: readonly Unseen[];
  /** Whether all of a namespace was seen; '' is what is in none, whose findings may come from pods of any. */
  readonly isWhole: (namespace: string) => boolean;
  readonly consistency: Consistency;
}

/**
 * Reads the pods and the workloads of a cluster, page by page, and judges each.
 *
 * Pods come first: whatever owns one that was there is then found among the workloads, unless it was deleted since.
 * @throws {ApiError} where the API server does not answer, or takes us for nobody
 */
export async function scanCluster(client: ApiClient, options: ClusterScanOptions): Promise<ClusterScan> {
  const scan = new Scan(client, options);
  return scan.run();
}

class Scan {
  readonly #client: ApiClient;
  readonly #options: ClusterScanOptions;
  readonly #ledger: ScanLedger;
  readonly #unseen: Unseen[] = [];
  /** Namespaces that were seen in part; undefined where every one may have been. */
  #inPart: Set<string> | undefined = new Set();
  #consistency: Consistency = 'snapshot';

  constructor(client: ApiClient, options: ClusterScanOptions) {
    this.#client = client;
    this.#options = options;
    this.#ledger = new ScanLedger(options.policy, options.nowMs, { detail: options.detail === true });
  }

  async run(): Promise<ClusterScan> {
    await this.#knock();
    const namespaces = await this.#namespaces();
    const { resources, unseen } = await workloadResources(this.#client, this.#options.policy, this.#options.list);
    this.#unseen.push(...unseen);
    if (unseen.length > 0) this.#inPart = undefined;
    const names = namespaces?.map(({ name }) => name);
    for (const resource of [podResource, ...resources]) await this.#read(resource, names);
    await this.#tellVanished(names);
    const inPart = this.#inPart;
    return {
      ledger: this.#ledger,
      namespaces,
      resources,
      unseen: this.#unseen,
      isWhole: (namespace) => inPart !== undefined && (namespace === '' ? inPart.size === 0 : !inPart.has(namespace)),
      consistency: this.#consistency,
    };
  }

  /** Without patience: a server that was never there is most likely a mistake in the kubeconfig. */
  async #knock(): Promise<void> {
    try {
      await this.#client.request('GET', '/version');
    } catch (error) {
      if (!isOfOneRequest(error)) throw error;
    }
  }

  /** The namespaces to scan; undefined where they may not be read. */
  async #namespaces(): Promise<NamespaceLabels[] | undefined> {
    const { namespace } = this.#options;
    try {
      if (namespace === undefined) return await this.#listNamespaces();
      return [labelsOf(await getPatiently(this.#client, namespacePath(namespace), this.#options.list))];
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === 'not-found' && namespace !== undefined) {
        this.#inPart?.add(namespace);
        this.#unseen.push({
          what: `namespace ${namespace}`,
          reason: 'there is no such namespace',
          unknown: 'everything in it',
        });
        return undefined;
      }
      if (error.code !== 'forbidden') throw error;
      const what = namespace === undefined ? 'namespaces' : `namespace ${namespace}`;
      this.#unseen.push({ what, reason: reasonOf(error), unknown: 'which namespaces admission covers' });
      return undefined;
    }
  }

  async #listNamespaces(): Promise<NamespaceLabels[]> {
    const found: NamespaceLabels[] = [];
    for await (const { items } of listPages(this.#client, '/api/v1/namespaces', this.#options.list)) {
      found.push(...items.map(labelsOf));
    }
    return found;
  }

  /** Reads one kind; where it may not be listed as a whole, namespace by namespace. */
  async #read(resource: WorkloadResource, names: readonly string[] | undefined): Promise<void> {
    const { namespace } = this.#options;
    if (namespace !== undefined && !resource.namespaced) return;
    try {
      await this.#list(resource, namespace);
    } catch (error) {
      if (!isOfOneRequest(error)) throw error;
      if (namespace !== undefined || !resource.namespaced || error.code !== 'forbidden' || names === undefined) {
        this.#tellUnseen(resource, namespace, error);
        return;
      }
      await this.#readEach(resource, names, error);
    }
  }

  async #readEach(resource: WorkloadResource, names: readonly string[], whole: ApiError): Promise<void> {
    const forbidden: string[] = [];
    for (const name of names) {
      try {
        await this.#list(resource, name);
      } catch (error) {
        if (!isOfOneRequest(error)) throw error;
        if (error.code === 'forbidden') forbidden.push(name);
        else this.#tellUnseen(resource, name, error);
      }
    }
    if (forbidden.length === 0) return;
    if (forbidden.length === names.length) {
      this.#tellUnseen(resource, undefined, whole);
      return;
    }
    for (const name of forbidden) this.#inPart?.add(name);
    const where = `${forbidden.length} of ${names.length} namespaces (${forbidden.slice(0, 10).join(', ')}${forbidden.length > 10 ? ' ...' : ''})`;
    this.#unseen.push({
      what: `${resource.resource} in ${where}`,
      reason: `the right to list ${fullName(resource)} is missing there`,
      unknown: unknownWithout(resource),
    });
  }

  async #list(resource: WorkloadResource, namespace: string | undefined): Promise<void> {
    const { list, onProgress } = this.#options;
    const ledger = this.#ledger;
    const apiVersion = apiVersionOf(resource);
    for await (const page of listPages(this.#client, collectionPath(resource, namespace), list)) {
      for (const item of page.items) {
        const own = asString(asObject(item['metadata'])['namespace']);
        if (resource === podResource) ledger.addPod(item, own);
        else ledger.addWorkload(item, apiVersion, resource.kind, own);
      }
      if (page.consistency === 'continued') this.#consistency = 'continued';
      const { pods, templates } = ledger;
      onProgress?.({ resource: resource.resource, pods, templates, remaining: page.remaining });
    }
  }

  #tellUnseen(resource: WorkloadResource, namespace: string | undefined, error: ApiError): void {
    const reason = error.code === 'forbidden' ? `the right to list ${fullName(resource)} is missing` : reasonOf(error);
    const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
    if (namespace === undefined) this.#inPart = undefined;
    else this.#inPart?.add(namespace);
    this.#unseen.push({ what: `${resource.resource}${where}`, reason, unknown: unknownWithout(resource) });
  }

  /** A namespace that went while the scan ran was read in part. */
  async #tellVanished(names: readonly string[] | undefined): Promise<void> {
    const { namespace } = this.#options;
    if (names === undefined) return;
    let left: ReadonlySet<string>;
    try {
      const found = namespace === undefined ? await this.#listNamespaces() : await this.#one(namespace);
      left = new Set(found.map(({ name }) => name));
    } catch (error) {
      if (!isOfOneRequest(error)) throw error;
      left = new Set(names);
    }
    for (const name of names) {
      if (left.has(name)) continue;
      this.#inPart?.add(name);
      const what = `namespace ${name}`;
      this.#unseen.push({ what, reason: 'it was deleted during the scan', unknown: 'what of it was read before' });
    }
  }

  async #one(name: string): Promise<NamespaceLabels[]> {
    try {
      return [labelsOf(await getPatiently(this.#client, namespacePath(name), this.#options.list))];
    } catch (error) {
      if (error instanceof ApiError && error.code === 'not-found') return [];
      throw error;
    }
  }
}

function namespacePath(name: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(name)}`;
}

function labelsOf(namespace: JsonObject): NamespaceLabels {
  const metadata = asObject(namespace['metadata']);
  return { name: asString(metadata['name']), labels: asObject(metadata['labels']) };
}

function unknownWithout(resource: WorkloadResource): string {
  return resource === podResource
    ? 'what runs'
    : `what templates of ${resource.kind} will run, and what owns the pods of one`;
}
