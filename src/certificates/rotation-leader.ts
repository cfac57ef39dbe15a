import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { CaBundleKeeper } from './ca-bundle-keeper.ts';
import { trustedByAll } from './ca-bundle.ts';
import type { AuthorityCertificate } from './certificate-facts.ts';
import type { CertificateView, SecretView } from './certificate-view.ts';
import type { Issuer } from './issuer.ts';
import type { Leaf, Step } from './rotation.ts';
import { nextStep } from './rotation.ts';
import type { RotationTimes } from './rotation-times.ts';
import type { WritingStep } from './rotation-work.ts';
import { contentsAfter } from './rotation-work.ts';
import { authoritiesToTrust } from './secret-contents.ts';
import type { SecretPlace } from './secret-store.ts';
import { createSecret, readSecretObject, updateSecret } from './secret-store.ts';

export interface RotationLeaderOptions {
  readonly place: SecretPlace;
  readonly view: CertificateView;
  readonly keeper: CaBundleKeeper;
  readonly issuer: Issuer;
  readonly times: RotationTimes;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly mayLead: () => boolean;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs: () => number;
}

/** What this replica serves, and who signed it. */
export interface Served {
  readonly leaf: Leaf;
  readonly authority: AuthorityCertificate;
}

/** Does what only one replica should; harmless where two believe that they lead, because each write names its version. */
export interface RotationLeader {
  /**
   * Does the next step.
   * @param nowMs - milliseconds since the epoch by the clock of the API server
   * @returns milliseconds until it should be called again though nothing has changed; Infinity where never
   * @throws {ApiError} where a step cannot be done
   */
  readonly lead: (served: Served | undefined, nowMs: number) => Promise<number>;
  /** Makes the Secret where there is none: any replica may, and the first one wins. */
  readonly createMissing: (nowMs: number) => Promise<void>;
}

/** How long the watch has to bring back what was written. */
const echoMs = 10_000;

export function createRotationLeader(options: RotationLeaderOptions): RotationLeader {
  const { view, keeper, times, mayLead, monotonicMs } = options;
  /** The version that was written over, until the watch shows another one. */
  let written: { readonly over: string; readonly atMs: number } | undefined;
  /** What was said last of a step that waits: it is said once. */
  let told = '';

  const isEcho = (secret: SecretView | undefined): boolean => {
    if (written === undefined) return false;
    if (written.over === (secret?.resourceVersion ?? '') && monotonicMs() - written.atMs < echoMs) return true;
    written = undefined;
    return false;
  };

  const write = async (step: WritingStep, served: Served | undefined, nowMs: number): Promise<void> => {
    const secret = view.secret();
    await writeStep(step, served, nowMs, options);
    written = { over: secret?.resourceVersion ?? '', atMs: monotonicMs() };
  };

  return {
    createMissing: async (nowMs) => {
      if (view.secret() !== undefined || isEcho(undefined)) return;
      const step = nextStep(inputOf(view, undefined, nowMs), times);
      if (step.kind === 'create' || step.kind === 'put-back') await write(step, undefined, nowMs);
    },
    lead: async (served, nowMs) => {
      const secret = view.secret();
      if (isEcho(secret)) return echoMs;
      const step = nextStep(inputOf(view, served, nowMs), times);
      if (isWriting(step)) {
        try {
          await write(step, served, nowMs);
        } catch (error) {
          // A Secret that cannot be written still says whom to trust.
          await keepBundles(secret, options, keeper, mayLead);
          throw error;
        }
        return echoMs;
      }
      told = tell(step, told, options.log);
      const bundlesInMs = await keepBundles(secret, options, keeper, mayLead);
      return Math.min(bundlesInMs ?? Infinity, inMs(step, nowMs));
    },
  };
}

async function keepBundles(
  secret: SecretView | undefined,
  { view, place }: RotationLeaderOptions,
  keeper: CaBundleKeeper,
  mayLead: () => boolean,
): Promise<number | undefined> {
  if (secret?.reading.kind !== 'read') return undefined;
  const mayWrite = async (): Promise<boolean> => {
    // The watch may be behind, and an authority that the Secret has meanwhile would be taken out of the caBundle.
    const now = await readSecretObject(place);
    return mayLead() && now !== undefined && versionOf(now) === secret.resourceVersion;
  };
  return keeper.keep(view.configurations(), authoritiesToTrust(secret.reading.contents), mayWrite);
}

async function writeStep(
  step: WritingStep,
  served: Served | undefined,
  nowMs: number,
  { view, place, issuer, times, log, metrics }: RotationLeaderOptions,
): Promise<void> {
  const secret = view.secret();
  const reading = secret?.reading;
  const known = [
    ...(served === undefined ? [] : [served.authority]),
    ...view.configurations().flatMap((configuration) => trustedByAll(configuration)),
  ];
  const contents = reading?.kind === 'read' ? reading.contents : undefined;
  const after = await contentsAfter(step, { contents, remembered: view.remembered(), known, issuer, times, nowMs });
  const replaced =
    reading?.kind === 'broken' ? `${new Date(nowMs).toISOString()} by ${step.kind}: ${reading.problem}` : undefined;
  if (replaced !== undefined) log.error({ secret: place.name, replaced }, 'broken certificate Secret is replaced');
  const result =
    secret === undefined ? await createSecret(place, after) : await updateSecret(place, secret.object, after, replaced);
  if (result === 'lost') {
    log.info({ secret: place.name, step: step.kind }, 'another replica wrote the certificate Secret first');
    return;
  }
  metrics.rotationStep(step.kind);
  const { authority, leaf, next } = after;
  const fields = {
    step: step.kind,
    authority: authority.fingerprint,
    next: next?.fingerprint,
    leaf: leaf?.fingerprint,
    leaf_expires: leaf === undefined ? undefined : new Date(leaf.notAfterMs).toISOString(),
  };
  log.info(fields, 'certificate Secret written');
}

function inputOf(view: CertificateView, served: Served | undefined, nowMs: number): Parameters<typeof nextStep>[0] {
  const reading = view.secret()?.reading;
  return {
    trust: reading?.kind === 'read' ? reading.contents : undefined,
    remembered: view.remembered(),
    bundles: view.bundles(nowMs),
    served,
    nowMs,
  };
}

function isWriting(step: Step): step is WritingStep {
  return step.kind !== 'wait' && step.kind !== 'nothing';
}

function inMs(step: Exclude<Step, WritingStep>, nowMs: number): number {
  return step.untilMs === undefined ? Infinity : Math.max(0, step.untilMs - nowMs);
}

/** Says once what a rotation waits for. @returns what was said */
function tell(step: Step, told: string, log: Log): string {
  if (step.kind !== 'wait') return '';
  const text = [step.reason, ...step.configurations].join(' ');
  if (text !== told) log.info({ reason: step.reason, configurations: step.configurations }, 'rotation waits');
  return text;
}

function versionOf({ metadata }: Readonly<Record<string, unknown>>): string {
  const has = typeof metadata === 'object' && metadata !== null && 'resourceVersion' in metadata;
  return has ? String(metadata.resourceVersion) : '';
}
