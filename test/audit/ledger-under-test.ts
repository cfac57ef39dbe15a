import type { ScanFacts } from '../../src/audit/audit-report.ts';
import { auditReport } from '../../src/audit/audit-report.ts';
import { ScanLedger } from '../../src/audit/scan-ledger.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import type { Report } from '../../src/report/report.ts';
import type { Fields } from '../support/pods.ts';
import { podSpec } from '../support/pods.ts';

export const nowMs = Date.UTC(2026, 10, 24);

export const facts: ScanFacts = {
  policy: defaultPolicy(),
  nowMs,
  cluster: undefined,
  coverage: undefined,
  repairs: true,
  unseen: [],
  errors: [],
  baseline: undefined,
};

export interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

export const reference = (apiVersion: string, kind: string, name: string): Reference => ({ apiVersion, kind, name });
export const deployment = reference('apps/v1', 'Deployment', 'web');
export const replicaSet = reference('apps/v1', 'ReplicaSet', 'web-1');

export const uidOf = ({ kind, name }: Pick<Reference, 'kind' | 'name'>): string => `uid-${kind}-${name}`;

/** Metadata as the API server gives it, under a controller where one is named. */
function metadata(kind: string, name: string, controller?: Reference): Fields {
  if (controller === undefined) return { namespace: 'shop', name, uid: uidOf({ kind, name }) };
  const ownerReferences = [{ ...controller, controller: true, uid: uidOf(controller) }];
  return { namespace: 'shop', name, uid: uidOf({ kind, name }), ownerReferences };
}

/** A ledger, and short words to fill it with objects of the namespace shop. */
export function makeLedger(policy: Policy = facts.policy) {
  const ledger = new ScanLedger(policy, nowMs);
  return {
    ledger,
    pod: (name: string, spec: Fields, controller?: Reference, fields: Fields = {}) => {
      ledger.addPod({ metadata: metadata('Pod', name, controller), spec: podSpec(spec), ...fields }, 'shop');
    },
    workload: (
      { apiVersion, kind, name }: Reference,
      spec: Fields,
      controller?: Reference,
      fields: Fields = {},
    ): void => {
      ledger.addWorkload({ metadata: metadata(kind, name, controller), spec, ...fields }, apiVersion, kind, 'shop');
    },
    report: (more: Partial<ScanFacts> = {}): Report => auditReport(ledger, { ...facts, policy, ...more }),
  };
}
