import fc from 'fast-check';
import type { AdmissionRequest } from '../../src/admission/review.ts';
import { validate } from '../../src/admission/validate.ts';
import { checkManifest } from '../../src/audit/check-manifest.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { formatPath } from '../../src/policy/finding.ts';
import { repair } from '../../src/policy/fix.ts';
import { ReportBuilder } from '../../src/report/report-builder.ts';
import { arbitraryAnnotations, arbitraryPodSpec } from '../support/arbitrary-pods.ts';
import { facts, makeLedger, nowMs } from './ledger-under-test.ts';

interface Told {
  readonly rule: string;
  readonly action: string;
  readonly severity: string;
  readonly container?: string | undefined;
  readonly path: string;
  readonly message: string;
}

/** A finding in a line; a report and an outcome have the same. */
const line = ({ rule, action, severity, container = '', path, message }: Told): string =>
  [rule, action, severity, container, path, message].join(' | ');

test('property: check, the webhook and the audit find the same in any pod', () => {
  const { policy } = facts;
  fc.assert(
    fc.property(arbitraryPodSpec, arbitraryAnnotations, (spec, annotations) => {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'shop', name: 'p', ...annotations }, spec };
      const request: AdmissionRequest = {
        uid: 'u',
        operation: 'CREATE',
        subResource: '',
        kind: 'Pod',
        namespace: 'shop',
        name: 'p',
        username: 'jane',
        dryRun: false,
        object: pod,
        oldObject: undefined,
      };
      const outcome = validate(request, { policy: () => policy, judge, repair }, nowMs);
      const webhook = [...outcome.denied, ...outcome.warned, ...outcome.audited].map((finding) =>
        line({ ...finding, path: formatPath(finding.path) }),
      );
      const builder = new ReportBuilder();
      checkManifest('p.json', JSON.stringify(pod), { policy, nowMs, namespace: 'default', detail: false }, builder);
      const check = builder.finish().objects.flatMap(({ findings }) => findings.map(line));
      const { ledger, report } = makeLedger();
      ledger.addPod(pod, 'shop');
      const audit = report().objects.flatMap(({ findings }) => findings.map(line));
      expect(audit.toSorted()).toEqual(webhook.toSorted());
      expect(audit.toSorted()).toEqual(check.toSorted());
    }),
    { numRuns: 300 },
  );
});
