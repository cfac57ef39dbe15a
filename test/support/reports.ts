import type { Finding } from '../../src/policy/finding.ts';
import type { FindingPlace } from '../../src/report/report-builder.ts';
import { ReportBuilder, toReportFinding } from '../../src/report/report-builder.ts';
import type { Report, ReportContext } from '../../src/report/report.ts';

/** A finding of host-network on the Pod default/web, with what a test changes of it. */
export function findingWith(changes: Partial<Finding> = {}): Finding {
  return {
    rule: 'host-network',
    action: 'deny',
    severity: 'high',
    object: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web' },
    path: ['spec', 'hostNetwork'],
    message: "hostNetwork: true puts the pod on its node's network",
    remedy: 'Remove it.',
    repairable: false,
    fixable: false,
    template: false,
    ...changes,
  };
}

/** One finding of a report, what its face knows of it, and whether an exemption covers it. */
export interface Told {
  readonly finding?: Partial<Finding>;
  readonly place?: FindingPlace;
}

/** A report of one object for each entry, and of `clean` objects without findings. */
export function reportOf(told: readonly Told[], context: ReportContext = {}, clean = 0): Report {
  const builder = new ReportBuilder();
  for (const { finding = {}, place = {} } of told) {
    const made = toReportFinding(findingWith(finding), place);
    const isExempted = place.exemption !== undefined;
    builder.add({ object: made.object, findings: isExempted ? [] : [made], exempted: isExempted ? [made] : [] });
  }
  for (let index = 0; index < clean; index += 1) {
    builder.add({ object: findingWith().object, findings: [], exempted: [] });
  }
  return builder.finish(context);
}

/** Text that every format would obey somewhere if it were not told as text. */
export const hostileTexts: readonly string[] = [
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg/onload=alert(1)>',
  "'; alert(1); '",
  '=cmd|"/c calc"!A1',
  '@SUM(1+1)*cmd|x',
  '`code` **bold** [link](https://evil.example) @everyone #1 |cell|',
  '```\n# heading\n- item',
  'a,b"c\r\nd',
  ']]><!-- -->&amp;',
  '{{7*7}} ${7*7} #{7*7}',
  'a\u0000b\u001b[31mc\u009b\u202e\u2028\ud800',
  '__proto__',
  'constructor',
  '../../../etc/passwd',
  'yes',
  '',
];

/** A report with a hostile text in every field that is foreign. */
export function hostileReport(text: string, index: number): Report {
  const object = { apiVersion: text, kind: text, namespace: text, name: text };
  const finding = { object, container: text, path: ['spec', text], message: text, remedy: text, subject: text };
  const place = {
    image: text,
    source: { file: text, line: index + 1, column: 1 },
    owner: { ...object, uid: text },
    pods: { names: [text], total: 1 },
    firstSeen: text,
    detail: { excerpt: { firstLine: 1, lines: [text] }, fix: [`-${text}`, `+${text}`], command: text },
  };
  return reportOf(
    [
      { finding, place },
      { finding, place: { ...place, exemption: text } },
    ],
    {
      cluster: text,
      coverage: [{ namespace: text, way: text, state: 'open', reason: text }],
      recreateRisk: [{ owner: object, pods: 1, rules: [text], remedy: text }],
      exemptions: [{ name: text, owner: text, reason: text, expires: text, state: 'expired', findings: 1 }],
      deltas: {
        baseline: text,
        new: 1,
        unchanged: 0,
        fixed: [{ rule: text, object, message: text, fingerprint: text }],
      },
      partial: [{ what: text, reason: text, unknown: text }],
    },
  );
}
