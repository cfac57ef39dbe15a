/*
 * Several replicas, a Secret, webhook configurations and API servers that all see old states, for properties of the
 * rotation. What decides is the real code; only the certificates are made up.
 */
import type { AuthorityCertificate, KeyedAuthority, ServingLeaf } from '../../src/certificates/certificate-facts.ts';
import type { Issuer } from '../../src/certificates/issuer.ts';
import type { BundleView } from '../../src/certificates/rotation.ts';
import { nextStep, trusts } from '../../src/certificates/rotation.ts';
import { rotationTimes as times } from '../../src/certificates/rotation-times.ts';
import { contentsAfter } from '../../src/certificates/rotation-work.ts';
import type { SecretContents } from '../../src/certificates/secret-contents.ts';
import { authoritiesToTrust } from '../../src/certificates/secret-contents.ts';
import { servingProblems, shouldTake } from '../../src/certificates/served-leaf.ts';

/** A state of an object, and since when it is. */
interface Version<T> {
  readonly state: T;
  readonly sinceMs: number;
}

type Bundle = readonly AuthorityCertificate[];

interface PendingApply {
  readonly configuration: number;
  readonly over: number;
  readonly wanted: Bundle;
}

interface Replica {
  /** Which version it sees. */
  secretSeen: number;
  readonly bundlesSeen: { version: number; sinceMs: number }[];
  remembered: SecretContents | undefined;
  served: { readonly leaf: ServingLeaf; readonly authority: AuthorityCertificate } | undefined;
  /** Infinity before. */
  readySinceMs: number;
  /** Believes that it leads. */
  leads: boolean;
  pending: PendingApply | undefined;
}

/** How far an API server may be behind a configuration. */
export const apiServerLagMs = times.settleMs / 2;

/** How far a replica may be behind. */
export const replicaLagMs = times.oldAuthorityStaysMs / 4;

export class SimulatedCluster {
  nowMs = Date.UTC(2026, 10, 24);
  readonly #secret: Version<SecretContents | undefined>[];
  /** A configuration that does not exist is undefined. */
  readonly #bundles: Version<Bundle | undefined>[][];
  readonly #replicas: Replica[];
  #issued = 0;
  /** Steps that wrote the Secret, oldest first. */
  readonly steps: string[] = [];

  constructor(replicas: number, configurations: number) {
    this.#secret = [{ state: undefined, sinceMs: this.nowMs }];
    this.#bundles = Array.from({ length: configurations }, () => [{ state: [], sinceMs: this.nowMs }]);
    this.#replicas = Array.from({ length: replicas }, () => this.#newReplica());
  }

  /** Replica 0 leads until everything is in step. */
  async converge(): Promise<void> {
    for (const replica of this.#replicas) replica.leads = false;
    const [first] = this.#replicas;
    if (first !== undefined) first.leads = true;
    await this.settle(16);
  }

  /** Everybody sees everything and acts, some minutes apart. */
  async settle(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      for (const index of this.#replicas.keys()) await this.turn(index);
      this.nowMs += 2 * times.settleMs;
    }
  }

  /** Days in which the replicas see everything four times a day, and one of them leads. */
  async pass(days: number): Promise<void> {
    if (this.#replicas.every(({ leads }) => !leads)) this.setLeader(0);
    for (let quarter = 0; quarter < 4 * days; quarter += 1) {
      this.nowMs += 6 * 3_600_000;
      await this.settle(1);
    }
  }

  /** Time goes by, as far as nobody would be too far behind. */
  advance(ms: number): void {
    this.nowMs += ms;
    for (const replica of this.#replicas) {
      if (this.#isTooOld(this.#secret, replica.secretSeen)) replica.secretSeen = this.#secret.length - 1;
      for (const [index, seen] of replica.bundlesSeen.entries()) {
        if (this.#isTooOld(this.#versions(index), seen.version)) this.#seeBundle(replica, index);
      }
    }
  }

  see(index: number, what: 'all' | 'secret' | number = 'all'): void {
    const replica = this.#replica(index);
    if (what === 'all' || what === 'secret') replica.secretSeen = this.#secret.length - 1;
    for (const configuration of this.#bundles.keys()) {
      if (what === 'all' || what === configuration) this.#seeBundle(replica, configuration);
    }
  }

  setLeader(index: number): void {
    this.#replica(index).leads = true;
  }

  /** Whether it does not yet know it: it goes on as if it led. */
  resign(index: number): void {
    this.#replica(index).leads = false;
  }

  restart(index: number): void {
    this.#replicas[index] = this.#newReplica();
  }

  loseSecret(): void {
    this.#write(this.#secret, undefined);
  }

  requestRotation(): void {
    const contents = this.#secret.at(-1)?.state;
    if (contents !== undefined) this.#write(this.#secret, { ...contents, rotateRequested: true });
  }

  toggleConfiguration(index: number): void {
    const versions = this.#versions(index);
    this.#write(versions, versions.at(-1)?.state === undefined ? [] : undefined);
  }

  /** What a replica does when it is woken. @param slow - its caBundle is written later, by `flush` */
  async act(index: number, slow = false): Promise<void> {
    const replica = this.#replica(index);
    const contents = this.#secret[replica.secretSeen]?.state;
    if (contents !== undefined) replica.remembered = contents;
    const bundles = this.#bundlesOf(replica);
    const view = { offered: contents?.leaf, served: replica.served?.leaf, bundles, nowMs: this.nowMs };
    if (contents?.leaf !== undefined && shouldTake(view, times)) {
      replica.served = { leaf: contents.leaf, authority: contents.authority };
    }
    this.#noteReady(replica, contents);
    if (replica.leads || (replica.served === undefined && contents === undefined)) {
      await this.#lead(replica, contents, bundles, slow);
    }
  }

  /** A replica that is not behind looks, and what it writes arrives. */
  async turn(index: number): Promise<void> {
    this.see(index);
    await this.act(index);
    this.flush(index);
  }

  /** A write of a caBundle that was begun before arrives. */
  flush(index: number): void {
    const replica = this.#replica(index);
    const { pending } = replica;
    replica.pending = undefined;
    if (pending === undefined) return;
    const versions = this.#versions(pending.configuration);
    // The resourceVersion in what is applied.
    if (versions.length - 1 === pending.over) this.#write(versions, pending.wanted);
  }

  /**
   * Each ready replica whose certificate some API server does not trust. One that has just started is left out while an
   * API server may not have seen what made it ready.
   */
  untrusted(): string[] {
    const problems: string[] = [];
    for (const [index, { served, readySinceMs }] of this.#replicas.entries()) {
      if (this.nowMs < readySinceMs + apiServerLagMs) continue;
      if (served === undefined || this.nowMs >= served.leaf.notAfterMs) continue;
      for (const [configuration, versions] of this.#bundles.entries()) {
        for (const bundle of this.#visibleToApiServers(versions)) {
          if (bundle.length > 0 && !trusts({ authorities: bundle }, served.leaf.issuer)) {
            problems.push(`replica ${index} serves of ${served.leaf.issuer}, configuration ${configuration} trusts \
${bundle.map(({ fingerprint }) => fingerprint).join('+')}; steps: ${this.steps.join(' ')}`);
          }
        }
      }
    }
    return problems;
  }

  /** What every replica serves, and whether all is in step. */
  summary(): { readonly issuers: readonly string[]; readonly inStep: boolean; readonly ended: boolean } {
    const contents = this.#secret.at(-1)?.state;
    const wanted = contents === undefined ? [] : authoritiesToTrust(contents);
    return {
      issuers: [...new Set(this.#replicas.map(({ served }) => served?.leaf.issuer ?? 'none'))],
      inStep: this.#bundles.every((versions) => {
        const bundle = versions.at(-1)?.state;
        return bundle === undefined || namesOf(bundle) === namesOf(wanted);
      }),
      ended: this.#replicas.some(({ served }) => served === undefined || this.nowMs >= served.leaf.notAfterMs),
    };
  }

  async #lead(
    replica: Replica,
    contents: SecretContents | undefined,
    bundles: readonly BundleView[],
    slow: boolean,
  ): Promise<void> {
    const { remembered, served } = replica;
    const step = nextStep({ trust: contents, remembered, bundles, served, nowMs: this.nowMs }, times);
    if (step.kind !== 'wait' && step.kind !== 'nothing') {
      const known = [
        ...(served === undefined ? [] : [served.authority]),
        ...replica.bundlesSeen.flatMap(({ version }, index) => this.#versions(index)[version]?.state ?? []),
      ];
      const work = { contents, remembered, known, issuer: this.#issuer, times, nowMs: this.nowMs };
      const after = await contentsAfter(step, work);
      // The resourceVersion of the Secret; one that is not there has none.
      const isCurrent = replica.secretSeen === this.#secret.length - 1;
      const isAbsent = contents === undefined && this.#secret.at(-1)?.state === undefined;
      if (!isCurrent && !isAbsent) return;
      this.#write(this.#secret, after);
      this.steps.push(step.kind);
      return;
    }
    if (contents === undefined || replica.secretSeen !== this.#secret.length - 1 || !replica.leads) return;
    this.#keepBundles(replica, authoritiesToTrust(contents), slow);
  }

  #keepBundles(replica: Replica, wanted: Bundle, slow: boolean): void {
    for (const [index, { version }] of replica.bundlesSeen.entries()) {
      const versions = this.#versions(index);
      const bundle = versions[version]?.state;
      if (bundle === undefined || namesOf(bundle) === namesOf(wanted)) continue;
      if (slow) replica.pending ??= { configuration: index, over: version, wanted };
      else if (version === versions.length - 1) this.#write(versions, wanted);
    }
  }

  #noteReady(replica: Replica, trust: SecretContents | undefined): void {
    const { nowMs } = this;
    const wasReady = replica.readySinceMs <= nowMs;
    const bundles = this.#bundlesOf(replica);
    const problems = servingProblems({ served: replica.served?.leaf, trust, bundles, nowMs, wasReady });
    if (!wasReady && problems.length === 0) replica.readySinceMs = nowMs;
  }

  #bundlesOf(replica: Replica): BundleView[] {
    return replica.bundlesSeen.flatMap(({ version, sinceMs }, index) => {
      const authorities = this.#versions(index)[version]?.state;
      if (authorities === undefined) return [];
      return [{ configuration: `configuration ${index}`, authorities, sinceMs, failsClosed: true }];
    });
  }

  #visibleToApiServers(versions: readonly Version<Bundle | undefined>[]): Bundle[] {
    return versions.flatMap(({ state }, index) => {
      const replacedMs = versions[index + 1]?.sinceMs ?? Infinity;
      return state !== undefined && replacedMs > this.nowMs - apiServerLagMs ? [state] : [];
    });
  }

  #seeBundle(replica: Replica, index: number): void {
    const version = this.#versions(index).length - 1;
    const seen = replica.bundlesSeen[index];
    if (seen?.version !== version) replica.bundlesSeen[index] = { version, sinceMs: this.nowMs };
  }

  #isTooOld(versions: readonly Version<unknown>[], seen: number): boolean {
    const replacedMs = versions[seen + 1]?.sinceMs ?? Infinity;
    return this.nowMs - replacedMs > replicaLagMs;
  }

  #newReplica(): Replica {
    const bundlesSeen = this.#bundles.map((versions) => ({ version: versions.length - 1, sinceMs: this.nowMs }));
    const fresh = {
      remembered: undefined,
      served: undefined,
      readySinceMs: Infinity,
      leads: false,
      pending: undefined,
    };
    return { ...fresh, secretSeen: this.#secret.length - 1, bundlesSeen };
  }

  #write<T>(versions: Version<T>[], state: T): void {
    versions.push({ state, sinceMs: this.nowMs });
  }

  #versions(index: number): Version<Bundle | undefined>[] {
    const versions = this.#bundles[index];
    if (versions === undefined) throw new Error(`no configuration ${index}`);
    return versions;
  }

  #replica(index: number): Replica {
    const replica = this.#replicas[index];
    if (replica === undefined) throw new Error(`no replica ${index}`);
    return replica;
  }

  readonly #issuer: Issuer = {
    authority: (nowMs) => {
      this.#issued += 1;
      const fingerprint = `A${this.#issued}`;
      const life = { notBeforeMs: nowMs - 3_600_000, notAfterMs: nowMs + times.authorityLifetimeMs };
      return Promise.resolve({ ...life, fingerprint, cert: fingerprint, key: fingerprint });
    },
    leaf: (authority: KeyedAuthority, nowMs) => {
      this.#issued += 1;
      const fingerprint = `L${this.#issued}`;
      const notAfterMs = Math.min(nowMs + times.leafLifetimeMs, authority.notAfterMs);
      const life = { notBeforeMs: nowMs - 3_600_000, notAfterMs };
      return Promise.resolve({
        ...life,
        issuer: authority.fingerprint,
        fingerprint,
        cert: fingerprint,
        key: fingerprint,
      });
    },
  };
}

function namesOf(bundle: Bundle): string {
  return bundle
    .map(({ fingerprint }) => fingerprint)
    .toSorted()
    .join();
}
