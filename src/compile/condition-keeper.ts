import { watchObject } from '../certificates/watched-object.ts';
import { startWakeUps } from '../certificates/wake-ups.ts';
import { delayMsOf } from '../certificates/ca-bundle-keeper.ts';
import type { ApiClient } from '../cluster/api.ts';
import type { Policy } from '../policy/policy.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { ConditionReport } from './condition-report.ts';
import { createConditionReport } from './condition-report.ts';
import type { ConditionWriter } from './condition-writer.ts';
import { createConditionWriter } from './condition-writer.ts';
import { openReplicaRoll } from './replica-roll.ts';
import type { ReplicaRoll } from './replica-roll.ts';
import type { CompiledPolicy, SeenConditions } from './written-conditions.ts';
import { compileConditions, configurationsPath } from './written-conditions.ts';
import { conditionedConfiguration } from './webhook-document.ts';

export interface KeeperTimes {
  /** Milliseconds that API servers have to take up a change of the configuration before a policy relies on it. */
  readonly settleMs: number;
  /** Milliseconds without a word after which another replica is not counted any more. */
  readonly aliveMs: number;
}

export const keeperTimes: KeeperTimes = { settleMs: 5_000, aliveMs: 45_000 };

export interface ConditionKeeperOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  /** Lease on which the replicas say what they run. */
  readonly lease: string;
  /** Of this process and no other: letters, digits and `-`, at most 60. */
  readonly replica: string;
  /** The policy that was read last. */
  readonly wanted: () => Policy;
  /** Told of every later policy that is put in force. */
  readonly onInForce: (policy: Policy) => void;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'conditionsInStep' | 'conditionsWide' | 'conditionsWritten' | 'policyWaits'>;
  readonly monotonicMs: () => number;
  /** @default keeperTimes */
  readonly times?: KeeperTimes;
}

/** The conditions in the cluster, kept in step with the policies of all replicas, and the policy that may be in force meanwhile. */
export interface ConditionKeeper {
  /** Resolves when the first policy may be in force, however long that takes. */
  readonly started: Promise<void>;
  /** @throws before it has started */
  readonly inForce: () => Policy;
  /** Why no policy is in force yet; none once one is. */
  readonly problems: () => readonly string[];
  /** What is amiss though this replica serves. */
  readonly notes: () => readonly string[];
  /** Another policy was read. */
  readonly policyChanged: () => void;
  /** Strikes this replica off the roll. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts to keep the conditions. They are never narrower than the policy in force of any replica: a replica says on the roll what
 * it is about to run, then widens the conditions, lets that settle, and only then runs it; whoever sees that all replicas run the same
 * narrows them. What is written carries the resourceVersion from before the roll was read, and each widening changes the
 * configuration, so that nobody narrows by an outdated roll. Where anything ends halfway, the conditions stay wide.
 */
export function startConditionKeeper(options: ConditionKeeperOptions): ConditionKeeper {
  const keeper = new Keeper(options);
  keeper.start();
  return keeper;
}

/** How often a replica says that it is alive, and looks whether all is well. */
const beatMs = 5_000;
const wordEveryMs = 60_000;

class Keeper implements ConditionKeeper {
  readonly #options: ConditionKeeperOptions;
  readonly #times: KeeperTimes;
  readonly #roll: ReplicaRoll;
  readonly #wakeUps: ReturnType<typeof startWakeUps>;
  readonly #start = Promise.withResolvers<undefined>();
  readonly started: Promise<void> = this.#start.promise;
  readonly #ended: (() => Promise<void>)[] = [];
  #inForce: Policy | undefined;
  /** The widening for a policy that is about to come into force; `sinceMs` from when its settling counts. */
  #opened: { readonly fingerprint: string; readonly sinceMs: number } | undefined;
  #trouble: string | undefined = 'nothing was heard of the API server';
  #wordMs = -Infinity;
  #rewrites = { count: 0, atMs: -Infinity };
  readonly #report: ConditionReport;
  readonly #writer: ConditionWriter;

  constructor(options: ConditionKeeperOptions) {
    this.#options = options;
    this.#times = options.times ?? keeperTimes;
    this.#report = createConditionReport(options);
    this.#writer = createConditionWriter(options);
    this.#roll = openReplicaRoll({ ...options, aliveMs: this.#times.aliveMs });
    this.#wakeUps = startWakeUps({ work: () => this.#look(), onError: (error) => this.#fail(error) });
  }

  start(): void {
    const watched = watchObject({
      client: this.#options.client,
      collection: configurationsPath,
      name: conditionedConfiguration,
      onObject: () => this.#wakeUps.wake(),
      onTrouble: () => undefined,
    });
    this.#ended.push(watched.stop);
    this.#wakeUps.wake();
  }

  inForce(): Policy {
    if (this.#inForce === undefined) throw new Error('no policy is in force yet: a bug of Seawall');
    return this.#inForce;
  }

  readonly problems = (): readonly string[] =>
    this.#inForce === undefined
      ? [`the policy is not in force yet: ${this.#trouble ?? 'the matchConditions are being widened'}`]
      : [];

  readonly notes = (): readonly string[] => [
    ...(this.#waits()
      ? [`a policy that was read is not in force yet: ${this.#trouble ?? 'the matchConditions are being widened'}`]
      : []),
    ...this.#report.notes(),
  ];

  readonly policyChanged = (): void => this.#wakeUps.wake();

  readonly stop = async (): Promise<void> => {
    this.#wakeUps.stop();
    for (const end of this.#ended) await end();
    await this.#wakeUps.idle();
    try {
      await this.#roll.leave();
    } catch (error) {
      // It is struck off by the others after a while.
      this.#options.log.debug({ reason: reasonOf(error) }, 'could not strike itself off the roll of replicas');
    }
  };

  #waits(): boolean {
    return this.#inForce !== undefined && this.#inForce !== this.#options.wanted();
  }

  async #look(): Promise<number> {
    const next = this.#options.wanted();
    const wanted = compileConditions(next);
    const running = this.#inForce === undefined ? undefined : compileConditions(this.#inForce);
    if (running !== undefined && running.fingerprint === wanted.fingerprint) {
      if (next !== this.#inForce) this.#take(next);
      this.#opened = undefined;
      const sleepMs = await this.#reconcile(wanted);
      this.#trouble = undefined;
      return sleepMs;
    }
    this.#options.metrics.policyWaits(true);
    return this.#change(next, wanted, running);
  }

  /** On the way to another policy. */
  async #change(next: Policy, wanted: CompiledPolicy, running: CompiledPolicy | undefined): Promise<number> {
    if (this.#opened?.fingerprint !== wanted.fingerprint) {
      const runs = [wanted, ...(running === undefined ? [] : [running])].map(({ fingerprint }) => fingerprint);
      // First the roll: whoever narrows by what was on it before meets a conflict with the widening.
      await this.#roll.announce(runs);
      const wasInStep = await this.#open(wanted, running);
      const sinceMs = wasInStep ? -Infinity : this.#options.monotonicMs();
      this.#opened = { fingerprint: wanted.fingerprint, sinceMs };
    }
    const leftMs = this.#opened.sinceMs + this.#times.settleMs - this.#options.monotonicMs();
    if (leftMs > 0) return leftMs;
    const seen = await this.#writer.see(wanted);
    if (seen?.state === 'other') {
      // Someone has narrowed it meanwhile.
      this.#opened = undefined;
      return 0;
    }
    this.#trouble = undefined;
    this.#take(next);
    return 0;
  }

  #take(next: Policy): void {
    const isFirst = this.#inForce === undefined;
    this.#inForce = next;
    this.#opened = undefined;
    this.#options.metrics.policyWaits(false);
    if (isFirst) this.#start.resolve(undefined);
    else {
      this.#options.onInForce(next);
      this.#options.log.info({ policy: next.name }, 'policy in force');
    }
  }

  /** Widens the conditions, unless they are those of the only policy that this replica runs. @returns whether they are */
  async #open(wanted: CompiledPolicy, running: CompiledPolicy | undefined): Promise<boolean> {
    for (;;) {
      const seen = await this.#writer.see(wanted);
      if (seen === undefined) return false;
      const isInStep = seen.state === 'own' && running === undefined;
      const written = isInStep || seen.state === 'none' ? 'claim' : 'wide';
      if (await this.#writer.write(seen, wanted, written)) return isInStep;
    }
  }

  async #reconcile(own: CompiledPolicy): Promise<number> {
    // Before the roll is read: what others claim afterwards is a conflict for what is written here.
    const seen = await this.#writer.see(own);
    const others = await this.#roll.announce([own.fingerprint]);
    const refused = this.#writer.refusalOf(own);
    this.#report.tell(seen, refused);
    if (seen === undefined) return beatMs;
    const agree = others.every((runs) => runs.length === 1 && runs[0] === own.fingerprint);
    const mayNarrow = agree && refused === undefined;
    const isDone = mayNarrow ? seen.state === 'own' && seen.isWhole : seen.state === 'wide' || seen.state === 'none';
    if (isDone) return beatMs;
    if (seen.state === 'other') {
      const waitMs = this.#tellRewritten(seen);
      if (waitMs > 0) return waitMs;
    }
    await this.#writer.write(seen, own, mayNarrow ? 'own' : 'wide');
    return 0;
  }

  /** @returns milliseconds until it may be written again */
  #tellRewritten({ managers }: SeenConditions): number {
    const nowMs = this.#options.monotonicMs();
    if (nowMs - this.#rewrites.atMs > 10 * 60_000) this.#rewrites = { count: 0, atMs: -Infinity };
    const { count, atMs } = this.#rewrites;
    const dueMs = count === 0 ? nowMs : atMs + delayMsOf(count, true);
    if (nowMs < dueMs) return dueMs - nowMs;
    this.#rewrites = { count: count + 1, atMs: nowMs };
    this.#options.log.warn(
      { configuration: conditionedConfiguration, by: managers.join(', ') || 'unknown' },
      'matchConditions are of another policy, and are written anew',
    );
    return 0;
  }

  #fail(error: unknown): void {
    const { log, monotonicMs } = this.#options;
    const reason = plainLine(reasonOf(error), 300);
    const isNews = reason !== this.#trouble || monotonicMs() - this.#wordMs >= wordEveryMs;
    this.#trouble = reason;
    if (!isNews) return;
    this.#wordMs = monotonicMs();
    const message =
      this.#inForce === undefined || this.#waits()
        ? 'matchConditions could not be widened: the policy waits'
        : 'matchConditions could not be looked after';
    log.error({ policy: this.#options.wanted().name, reason }, message);
  }
}
