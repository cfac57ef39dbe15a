import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { ConfigurationRef } from './ca-bundle.ts';
import { configurationTitle, isInStep } from './ca-bundle.ts';
import type { CertificateView } from './certificate-view.ts';
import { trusts } from './rotation.ts';
import { authoritiesToTrust } from './secret-contents.ts';

export interface CertificateNewsOptions {
  readonly view: CertificateView;
  /** Name of the Secret. */
  readonly secret: string;
  readonly configurations: readonly ConfigurationRef[];
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds since the epoch by this machine. */
  readonly now: () => number;
}

/** Says what is wrong with the Secret and the caBundles, each thing once. */
export interface CertificateNews {
  /** @returns why the Secret cannot be used, where that is news */
  readonly tellSecret: () => string | undefined;
  /** @param issuer - fingerprint of the authority that issued what is served; undefined before there is one */
  readonly tellBundles: (issuer: string | undefined, nowMs: number) => void;
}

export function createCertificateNews(options: CertificateNewsOptions): CertificateNews {
  return new News(options);
}

class News implements CertificateNews {
  readonly #options: CertificateNewsOptions;
  #toldVersion = '';
  #toldUntrusting: ReadonlySet<string> = new Set();

  constructor(options: CertificateNewsOptions) {
    this.#options = options;
  }

  readonly tellSecret = (): string | undefined => {
    const { view, log, metrics, now, secret: name } = this.#options;
    const secret = view.secret();
    if (secret === undefined || secret.resourceVersion === this.#toldVersion) return undefined;
    this.#toldVersion = secret.resourceVersion;
    if (secret.reading.kind === 'broken') {
      metrics.certificateRefused(now());
      log.error({ secret: name, reason: secret.reading.problem }, 'certificate Secret cannot be used');
      return `it is broken: ${secret.reading.problem}`;
    }
    for (const reason of secret.reading.problems) log.warn({ secret: name, reason }, 'part of the Secret is not used');
    return undefined;
  };

  readonly tellBundles = (issuer: string | undefined, nowMs: number): void => {
    const { view, configurations, metrics } = this.#options;
    const reading = view.secret()?.reading;
    const wanted = reading?.kind === 'read' ? authoritiesToTrust(reading.contents) : [];
    const existing = new Map(view.configurations().map((each) => [configurationTitle(each.ref), each]));
    for (const ref of configurations) {
      const title = configurationTitle(ref);
      const configuration = existing.get(title);
      metrics.caBundleInStep(title, configuration && isInStep(configuration, wanted));
    }
    if (issuer !== undefined) this.#tellAdvisory(issuer, nowMs);
  };

  /** Says of each configuration that fails open that it does not trust what is served: readiness does not. */
  #tellAdvisory(issuer: string, nowMs: number): void {
    const { view, log } = this.#options;
    const untrusting = view.bundles(nowMs).filter((each) => !each.failsClosed && !trusts(each, issuer));
    const titles = new Set(untrusting.map(({ configuration }) => configuration));
    for (const configuration of titles) {
      if (this.#toldUntrusting.has(configuration)) continue;
      log.warn({ configuration }, 'caBundle does not trust the certificate, its webhooks are done without');
    }
    this.#toldUntrusting = titles;
  }
}
