import type { ApiClient, JsonObject } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { ListOptions } from '../cluster/list.ts';
import { listPages } from '../cluster/list.ts';
import { getPatiently } from '../cluster/patience.ts';
import type { Unseen } from '../report/report.ts';
import { reasonOf } from '../telemetry/reason.ts';

/** What a read is for, so that a missing right is told with what is unknown because of it. */
export interface Wanted {
  /** As `get deployments.apps in namespace shop`. */
  readonly right: string;
  readonly unknown: string;
}

/** One object: `gone` where there is none of that name, `unseen` where it may not be read or could not be had. */
export type Seen =
  { readonly state: 'found'; readonly object: JsonObject } | { readonly state: 'gone' } | { readonly state: 'unseen' };

/** A list, as far as it was read; `whole` is false where not all of it was. */
export interface SeenList {
  readonly items: readonly JsonObject[];
  readonly whole: boolean;
}

/** Reads a cluster, and keeps what could not be read instead of failing: one missing right does not hide the rest. */
export class ClusterLook {
  readonly #client: Pick<ApiClient, 'request'>;
  readonly #options: ListOptions;
  readonly #unseen = new Map<string, Unseen>();

  constructor(client: Pick<ApiClient, 'request'>, options: ListOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** What could not be read, each thing once. */
  unseen(): readonly Unseen[] {
    return [...this.#unseen.values()];
  }

  /** @throws {ApiError} where the API server does not answer, or takes us for nobody */
  async get(path: string, wanted: Wanted): Promise<Seen> {
    try {
      return { state: 'found', object: await getPatiently(this.#client, path, this.#options) };
    } catch (error) {
      if (error instanceof ApiError && error.code === 'not-found') return { state: 'gone' };
      this.#miss(error, wanted);
      return { state: 'unseen' };
    }
  }

  /**
   * The objects of a collection that `keep` wants; what it leaves out is not held.
   * @param path - of the collection, with its selectors
   * @throws {ApiError} where the API server does not answer, or takes us for nobody
   */
  async list(path: string, wanted: Wanted, keep: (object: JsonObject) => boolean = () => true): Promise<SeenList> {
    const items: JsonObject[] = [];
    try {
      for await (const page of listPages(this.#client, path, this.#options)) items.push(...page.items.filter(keep));
      return { items, whole: true };
    } catch (error) {
      this.#miss(error, wanted);
      return { items, whole: false };
    }
  }

  /** Notes something that is not known for another reason than the cluster's answer. */
  note(unseen: Unseen): void {
    this.#unseen.set(unseen.what, unseen);
  }

  #miss(error: unknown, { right, unknown }: Wanted): void {
    if (!(error instanceof ApiError) || endsAll(error)) throw error;
    const reason = error.code === 'forbidden' ? `the right to ${right} is missing` : reasonOf(error);
    this.note({ what: right, reason, unknown });
  }
}

function endsAll({ code }: ApiError): boolean {
  return code === 'cancelled' || code === 'unauthorized' || code === 'unreachable';
}
