/*
 * Certificates that Seawall manages itself: every replica serves what the Secret holds, and the one that leads keeps the
 * Secret and the caBundles.
 */
import type { ApiClient } from '../cluster/api.ts';
import type { LeaderElection, LeaderElectionOptions } from '../cluster/lease.ts';
import { startLeaderElection } from '../cluster/lease.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { createCaBundleKeeper } from './ca-bundle-keeper.ts';
import type { ConfigurationRef } from './ca-bundle.ts';
import { webhookConfigurations } from './ca-bundle.ts';
import type { ServingLeaf, ServingNames } from './certificate-facts.ts';
import type { CertificateNews } from './certificate-news.ts';
import { createCertificateNews } from './certificate-news.ts';
import type { CertificateView } from './certificate-view.ts';
import { openCertificateView } from './certificate-view.ts';
import { warnOfEnd } from './expiry-warning.ts';
import { createIssuer } from './issuer.ts';
import type { ServedPair } from './reload.ts';
import type { RotationTimes } from './rotation-times.ts';
import { rotationTimes } from './rotation-times.ts';
import type { RotationLeader, Served } from './rotation-leader.ts';
import { createRotationLeader } from './rotation-leader.ts';
import { servingProblems, shouldTake } from './served-leaf.ts';
import { createSkewWatch } from './clock-skew.ts';
import { startWakeUps } from './wake-ups.ts';

export interface SelfManagedOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  /** Name of the Service that leads to the webhook. */
  readonly service: string;
  readonly secret: string;
  /** Where the webhook can be reached besides its Service. @default none */
  readonly ipAddresses?: readonly string[];
  /** @default those of manifests/ */
  readonly configurations?: readonly ConfigurationRef[];
  /** @default rotationTimes */
  readonly times?: RotationTimes;
  /** Name of the Lease; its holder is the one replica that writes. */
  readonly lease: string;
  /** Of this process and no other. */
  readonly identity: string;
  /** @default those of startLeaderElection */
  readonly leaseTimes?: Pick<LeaderElectionOptions, 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs'>;
  /** Serves a pair from the next connection on; not called for the one that is there at the end of the start. */
  readonly apply: (pair: ServedPair) => void;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds since the epoch by this machine. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs: () => number;
}

export interface SelfManaged {
  /** Resolves when there is a certificate to serve, however long that takes: an API server that is away comes back. */
  readonly started: Promise<void>;
  /** @throws before it has started */
  readonly current: () => ServedPair;
  /** Why this replica should not be asked; none where it should. */
  readonly problems: () => readonly string[];
  /** Logs what ends within two weeks; to be called once a day. */
  readonly warn: () => void;
  /** Gives the Lease back. */
  readonly stop: () => Promise<void>;
}

/** The names that API servers and people call a Service by. Source: k8s.io/apiserver pkg/util/webhook ServiceResolver. */
export function serviceNames(namespace: string, service: string, ipAddresses: readonly string[] = []): ServingNames {
  const short = `${service}.${namespace}.svc`;
  return { dnsNames: [short, `${short}.cluster.local`, `${service}.${namespace}`], ipAddresses };
}

/** Starts to watch and, where this replica leads, to rotate. */
export function startSelfManaged(options: SelfManagedOptions): SelfManaged {
  const replica = new Replica(options);
  replica.start();
  return replica;
}

/** Milliseconds without a certificate after which the log says why, and after which it says so again. */
const firstWordMs = 10_000;
const nextWordMs = 60_000;

/** How long a replica that starts without a Secret leaves it to the leader. */
const createGraceMs = 3_000;

class Replica implements SelfManaged {
  readonly #options: SelfManagedOptions;
  readonly #times: RotationTimes;
  readonly #view: CertificateView;
  readonly #leader: RotationLeader;
  readonly #wakeUps: ReturnType<typeof startWakeUps>;
  readonly #election: LeaderElection;
  readonly #seeSkew: (offsetMs: number) => void;
  readonly #news: CertificateNews;
  #served: { readonly leaf: ServingLeaf; readonly of: Served } | undefined;
  #wasReady = false;
  #syncedMs = Infinity;
  #trouble = 'nothing was heard of the API server';
  #nextWordMs: number;
  readonly #start = Promise.withResolvers<undefined>();
  readonly started: Promise<void> = this.#start.promise;

  constructor(options: SelfManagedOptions) {
    const { client, namespace, service, secret, log, metrics, monotonicMs } = options;
    const { configurations = webhookConfigurations } = options;
    this.#options = options;
    this.#nextWordMs = monotonicMs() + firstWordMs;
    this.#times = options.times ?? rotationTimes;
    const names = serviceNames(namespace, service, options.ipAddresses);
    const place = { client, namespace, name: secret };
    this.#wakeUps = startWakeUps({ work: () => this.#look(), onError: (error) => this.#tellError(error) });
    this.#view = openCertificateView({
      client,
      secret: place,
      service: { namespace, name: service },
      configurations,
      names,
      monotonicMs,
      onChange: this.#wakeUps.wake,
      onTrouble: (error) => (this.#trouble = reasonOf(error)),
    });
    this.#leader = createRotationLeader({
      place,
      view: this.#view,
      keeper: createCaBundleKeeper({ client, log, metrics, monotonicMs }),
      issuer: createIssuer(names, this.#times),
      times: this.#times,
      log,
      metrics,
      mayLead: () => this.#election.isLeader(),
      monotonicMs,
    });
    this.#seeSkew = createSkewWatch({ log, metrics, monotonicMs });
    this.#news = createCertificateNews({ view: this.#view, secret, configurations, log, metrics, now: options.now });
    this.#election = startLeaderElection({
      client,
      namespace,
      name: options.lease,
      identity: options.identity,
      onStartedLeading: (signal) => this.#leadUntil(signal),
      onNewLeader: (leader) => log.info({ leader }, 'leader of the certificates'),
      onError: (error) => log.warn({ reason: reasonOf(error) }, 'Lease could not be looked after'),
      monotonicMs,
      now: options.now,
      ...options.leaseTimes,
    });
  }

  start(): void {
    this.#wakeUps.wake();
  }

  current(): ServedPair {
    if (this.#served === undefined) throw new Error('no certificate is served yet: a bug of Seawall');
    return pairOf(this.#served.leaf);
  }

  readonly problems = (): readonly string[] => {
    if (this.#served === undefined) return [this.#whyNotStarted()];
    const nowMs = this.#nowMs();
    const reading = this.#view.secret()?.reading;
    const problems = servingProblems({
      served: this.#served.leaf,
      trust: reading?.kind === 'read' ? reading.contents : undefined,
      bundles: this.#view.bundles(nowMs),
      nowMs,
      wasReady: this.#wasReady,
    });
    this.#wasReady ||= problems.length === 0;
    return problems;
  };

  readonly warn = (): void => {
    if (this.#served === undefined) return;
    const { leaf, of } = this.#served;
    warnOfEnd(this.#options.log, 'serving certificate', leaf.notAfterMs, this.#nowMs());
    warnOfEnd(this.#options.log, 'certificate authority', of.authority.notAfterMs, this.#nowMs());
  };

  readonly stop = async (): Promise<void> => {
    this.#wakeUps.stop();
    await Promise.all([this.#election.stop(), this.#view.stop()]);
  };

  #whyNotStarted(): string {
    const { namespace, secret } = this.#options;
    return `there is no certificate to serve yet in Secret ${namespace}/${secret}: ${this.#trouble}`;
  }

  /** Says once in a while why nothing is served yet. */
  #tellWaiting(): void {
    const nowMs = this.#options.monotonicMs();
    if (this.#served !== undefined || nowMs < this.#nextWordMs) return;
    this.#nextWordMs = nowMs + nextWordMs;
    this.#options.log.warn({ reason: this.#whyNotStarted() }, 'not ready, and waiting');
  }

  /** @returns when the term is over and nothing is written any more */
  async #leadUntil(signal: AbortSignal): Promise<void> {
    this.#wakeUps.wake();
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    this.#wakeUps.wake();
    await this.#wakeUps.idle();
  }

  #nowMs(): number {
    return this.#options.now() + this.#options.client.clockOffsetMs();
  }

  async #look(): Promise<number> {
    this.#tellWaiting();
    if (!this.#view.synced()) return Infinity;
    this.#syncedMs = Math.min(this.#syncedMs, this.#options.monotonicMs());
    const nowMs = this.#nowMs();
    this.#seeSkew(this.#options.client.clockOffsetMs());
    this.#trouble = this.#news.tellSecret() ?? this.#trouble;
    this.#take(nowMs);
    this.#news.tellBundles(this.#served?.leaf.issuer, nowMs);
    const leads = this.#election.isLeader();
    this.#options.metrics.leads(leads);
    if (leads) return this.#leader.lead(this.#served?.of, nowMs);
    if (this.#served !== undefined) return Infinity;
    // The leader makes it, or puts back what it remembers; where nobody leads, whoever is first does.
    const leftMs = this.#syncedMs + createGraceMs - this.#options.monotonicMs();
    if (leftMs > 0) return leftMs;
    await this.#leader.createMissing(nowMs);
    return Infinity;
  }

  /** Serves the certificate of the Secret, where that is better than what is served. */
  #take(nowMs: number): void {
    const reading = this.#view.secret()?.reading;
    if (reading?.kind !== 'read') return;
    const { leaf: offered, authority } = reading.contents;
    const served = this.#served?.leaf;
    const view = { offered, served, bundles: this.#view.bundles(nowMs), nowMs };
    if (offered === undefined || !shouldTake(view, this.#times)) return;
    const isFirst = this.#served === undefined;
    if (!isFirst) this.#options.apply(pairOf(offered));
    this.#served = { leaf: offered, of: { leaf: offered, authority } };
    const { log, metrics, now } = this.#options;
    metrics.certificateLoaded(offered.notAfterMs, now());
    metrics.authorityLoaded(authority.notAfterMs);
    const expires = new Date(offered.notAfterMs).toISOString();
    log.info({ fingerprint: offered.fingerprint, expires }, 'certificate served');
    this.warn();
    if (isFirst) this.#start.resolve(undefined);
  }

  #tellError(error: unknown): void {
    this.#trouble = reasonOf(error);
    this.#options.log.error({ reason: this.#trouble }, 'certificates could not be looked after');
  }
}

function pairOf({ cert, key, notAfterMs }: ServingLeaf): ServedPair {
  return { cert, key, expiresMs: notAfterMs };
}
