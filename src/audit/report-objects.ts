import type { ApiClient, JsonObject } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import { listPages } from '../cluster/list.ts';
import type { Patience } from '../cluster/patience.ts';
import { defaultTimeoutMs, Retries } from '../cluster/patience.ts';
import { apply } from '../cluster/server-side-apply.ts';
import { asObject, asString } from '../policy/json.ts';
import type { PolicyReportObject, ReportApi } from '../report/policy-report.ts';
import { reportLabels } from '../report/policy-report.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { reportsPath } from './report-api.ts';
import type { ReportContent } from './report-content.ts';
import { contentOf } from './report-content.ts';
import { isOfOneRequest } from './workload-resources.ts';

export interface ReportObjectsOptions {
  readonly client: Pick<ApiClient, 'request'>;
  readonly api: ReportApi;
  /** Only the objects of this namespace; all of them where it is absent. */
  readonly namespace?: string | undefined;
  readonly patience: Patience;
  /** Milliseconds between two writes of one object. @default 10000 */
  readonly apartMs?: number;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs: () => number;
}

/** What became of the report objects. */
export interface ReportWrites {
  readonly written: number;
  readonly deleted: number;
  readonly unchanged: number;
  /** Objects that were written a moment ago, and whose turn comes later. */
  readonly postponed: number;
  /** What could not be written, a line each. */
  readonly failures: readonly string[];
}

export interface BringOptions {
  /** Whether all of a namespace was seen: where it was not, a finding that is missing is not gone. */
  readonly isWhole: (namespace: string) => boolean;
  /** Whether a change in nothing but numbers of pods is worth a write. */
  readonly countsToo: boolean;
}

interface Known {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly content: ReportContent;
}

const fieldManager = 'seawall-audit';
/** Objects of a page: each may have 256 KiB. */
const pageSize = 20;
const selector = Object.entries(reportLabels)
  .map(([key, value]) => `${key}=${value}`)
  .join(',');

/**
 * Seawall's report objects in a cluster. Only those with our label are touched; what is in the way under the name of one is
 * left alone and told. An object is written where its content has changed, and taken away where nothing is left to tell.
 */
export class ReportObjects {
  readonly #options: ReportObjectsOptions;
  readonly #known: Map<string, Known>;
  /** When each object was last written or deleted, as far as that still counts. */
  readonly #touchedMs = new Map<string, number>();

  private constructor(options: ReportObjectsOptions, known: Map<string, Known>) {
    this.#options = options;
    this.#known = known;
  }

  /** Reads which objects there are. @throws {ApiError} */
  static async load(options: ReportObjectsOptions): Promise<ReportObjects> {
    const { client, api, namespace, patience } = options;
    const known = new Map<string, Known>();
    for (const scope of namespace === undefined ? [undefined, ''] : [namespace]) {
      const path = `${reportsPath(api, scope)}?labelSelector=${encodeURIComponent(selector)}`;
      for await (const { items } of listPages(client, path, { ...patience, pageSize, ahead: false })) {
        for (const item of items) {
          const each = knownOf(item);
          known.set(keyOf(each.namespace, each.name), each);
        }
      }
    }
    return new ReportObjects(options, known);
  }

  get size(): number {
    return this.#known.size;
  }

  /** Makes the objects in the cluster those that are wanted. */
  async bring(wanted: readonly PolicyReportObject[], options: BringOptions): Promise<ReportWrites> {
    this.#forget();
    const failures: string[] = [];
    const counts = { written: 0, deleted: 0, unchanged: 0, postponed: 0 };
    const stale = new Map(this.#known);
    const attempt = async (done: 'written' | 'deleted', key: string, work: () => Promise<void>): Promise<void> => {
      if (this.#touchedMs.has(key)) {
        counts.postponed += 1;
        return;
      }
      try {
        await work();
        counts[done] += 1;
      } catch (error) {
        if (!isOfOneRequest(error)) throw error;
        if (!isGoing(error)) failures.push(`report ${key.replace(/^\//, '')}: ${reasonOf(error)}`);
      }
      this.#touchedMs.set(key, this.#options.monotonicMs());
    };
    for (const object of wanted) {
      const { name, namespace = '' } = object.metadata;
      const key = keyOf(namespace, name);
      const known = this.#known.get(key);
      stale.delete(key);
      if (!options.isWhole(namespace)) continue;
      const content = contentOf({ ...object });
      if (known !== undefined && isSame(known.content, content, options.countsToo)) counts.unchanged += 1;
      else await attempt('written', key, () => this.#write(object, known));
    }
    for (const [key, known] of stale) {
      if (options.isWhole(known.namespace)) await attempt('deleted', key, () => this.#delete(known));
    }
    return { ...counts, failures };
  }

  #forget(): void {
    const { apartMs = 10_000, monotonicMs } = this.#options;
    for (const [key, atMs] of this.#touchedMs) {
      if (monotonicMs() - atMs >= apartMs) this.#touchedMs.delete(key);
    }
  }

  async #write(object: PolicyReportObject, known: Known | undefined): Promise<void> {
    const { client, api } = this.#options;
    const { name, namespace = '' } = object.metadata;
    const path = `${reportsPath(api, namespace)}/${name}`;
    if (known === undefined) await this.#mayTake(path);
    // By force: nobody else has a say in an object of ours.
    const written = await this.#patiently((bounds) =>
      apply(client, path, { ...object }, { fieldManager, force: true, ...bounds }),
    );
    this.#known.set(keyOf(namespace, name), knownOf(written));
  }

  /** @throws where an object of somebody else has the name */
  async #mayTake(path: string): Promise<void> {
    try {
      const { body } = await this.#patiently((bounds) => this.#options.client.request('GET', path, bounds));
      const labels = asObject(asObject(body['metadata'])['labels']);
      if (Object.entries(reportLabels).every(([key, value]) => labels[key] === value)) return;
    } catch (error) {
      if (error instanceof ApiError && error.code === 'not-found') return;
      throw error;
    }
    throw new ApiError('conflict', `an object of this name is not Seawall's (no label ${selector}), and is left alone`);
  }

  async #delete({ namespace, name, uid }: Known): Promise<void> {
    const path = `${reportsPath(this.#options.api, namespace)}/${encodeURIComponent(name)}`;
    // A namesake that somebody has made meanwhile is not this one.
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
    try {
      await this.#patiently((bounds) => this.#options.client.request('DELETE', path, { body, ...bounds }));
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'not-found')) throw error;
    }
    this.#known.delete(keyOf(namespace, name));
  }

  /** Sends what may be sent twice: it comes to the same. */
  async #patiently<T>(work: (bounds: { timeoutMs: number; signal: AbortSignal }) => Promise<T>): Promise<T> {
    const { timeoutMs = defaultTimeoutMs, pace, signal = new AbortController().signal } = this.#options.patience;
    const retries = new Retries(this.#options.patience, signal);
    for (;;) {
      await pace?.turn(signal);
      try {
        return await work({ timeoutMs, signal });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        await retries.pause(error);
      }
    }
  }
}

function knownOf(object: JsonObject): Known {
  const { namespace, name, uid } = asObject(object['metadata']);
  return {
    namespace: asString(namespace),
    name: asString(name),
    uid: asString(uid),
    content: contentOf(object),
  };
}

function isSame(one: ReportContent, other: ReportContent, countsToo: boolean): boolean {
  return one.findings === other.findings && (!countsToo || one.pods === other.pods);
}

/** Whether a namespace goes away, or has gone, and takes its reports with it. */
function isGoing(error: ApiError): boolean {
  return error.code === 'not-found' || (error.code === 'forbidden' && error.message.includes('is being terminated'));
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
