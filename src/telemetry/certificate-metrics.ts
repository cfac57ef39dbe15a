import type { Registry } from 'prom-client';
import { Counter, Gauge } from 'prom-client';

/** What became of a write of a caBundle; `outdated`: the configuration changed meanwhile, and is looked at again. */
export type CaBundleApply = 'success' | 'outdated' | 'failure';

/** What the leader did to the Secret. Source: src/certificates/rotation.ts Step. */
export type RotationStep =
  'create' | 'put-back' | 'keep-served' | 'issue-leaf' | 'publish-next' | 'switch-to-next' | 'retire-old';

const rotationSteps: readonly RotationStep[] = [
  'create',
  'put-back',
  'keep-served',
  'issue-leaf',
  'publish-next',
  'switch-to-next',
  'retire-old',
];

/** Counts what the self-managed certificates do; configurations are those that Seawall knows by name. */
export interface CertificateMetrics {
  readonly authorityLoaded: (expiresMs: number) => void;
  /** undefined: the configuration does not exist. */
  readonly caBundleInStep: (configuration: string, inStep: boolean | undefined) => void;
  readonly caBundleApplied: (configuration: string, result: CaBundleApply) => void;
  readonly caBundleRewritten: (configuration: string) => void;
  readonly rotationStep: (step: RotationStep) => void;
  readonly leads: (leads: boolean) => void;
  readonly clockSkew: (milliseconds: number) => void;
}

export function certificateMetrics(registry: Registry): CertificateMetrics {
  const registers = [registry];
  const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[] = []): Gauge<T> =>
    new Gauge({ name: `seawall_${name}`, help, labelNames, registers });
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]): Counter<T> =>
    new Counter({ name: `seawall_${name}`, help, labelNames, registers });

  const authorityExpiry = gauge(
    'ca_certificate_expiry_timestamp_seconds',
    'When the authority of the self-managed serving certificate ends.',
  );
  const inStep = gauge('ca_bundle_in_step', 'Whether a configuration trusts what it should; none without it.', [
    'configuration',
  ]);
  const applies = counter('ca_bundle_applies_total', 'Writes of a caBundle, by result.', ['configuration', 'result']);
  const rewrites = counter('ca_bundle_rewrites_total', 'Times that another controller had overwritten a caBundle.', [
    'configuration',
  ]);
  const rotations = counter('certificate_rotation_steps_total', 'Changes of the certificate Secret by this replica.', [
    'step',
  ]);
  const leader = gauge('leader', 'Whether this replica holds the Lease: 1 or 0.');
  const skew = gauge('clock_skew_seconds', "How far the API server's clock is ahead of this replica's.");
  // No series where certificates are not self-managed: a 0 would say that the authority ended in 1970, and nobody leads.
  for (const each of [authorityExpiry, leader, skew]) each.remove();
  for (const step of rotationSteps) rotations.inc({ step }, 0);

  return {
    authorityLoaded: (expiresMs) => authorityExpiry.set(expiresMs / 1000),
    caBundleInStep: (configuration, value) => {
      if (value === undefined) inStep.remove({ configuration });
      else inStep.set({ configuration }, value ? 1 : 0);
    },
    caBundleApplied: (configuration, result) => applies.inc({ configuration, result }),
    caBundleRewritten: (configuration) => rewrites.inc({ configuration }),
    rotationStep: (step) => rotations.inc({ step }),
    leads: (leads) => leader.set(leads ? 1 : 0),
    clockSkew: (milliseconds) => skew.set(milliseconds / 1000),
  };
}
