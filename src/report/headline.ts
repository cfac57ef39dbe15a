import { counted } from './describe.ts';
import type { Report } from './report.ts';
import { findingsOf, isPartial, ownerOf } from './report.ts';

/** What a security team asks first, and the rules that answer it; the first two that have an answer make the sentence. */
const questions: readonly { readonly rules: readonly string[]; readonly can: string }[] = [
  { rules: ['host-network'], can: 'sniff the host network' },
  { rules: ['network-tool-command', 'network-tool-exec', 'network-tool-image'], can: 'run a network tool' },
  { rules: ['privileged', 'host-process'], can: 'act as root on their node' },
  { rules: ['net-raw'], can: 'send raw packets' },
  { rules: ['host-pid', 'host-ipc', 'host-capability', 'host-path'], can: 'reach into their node' },
];

/** The report in one sentence without a full stop: `12 workloads can sniff the host network`. */
export function headline(report: Report): string {
  const findings = findingsOf(report);
  const owners = (rules: readonly string[]): number =>
    new Set(
      findings
        .filter(({ rule }) => rules.includes(rule))
        .map((finding) => {
          const { apiVersion, kind, namespace, name } = ownerOf(finding);
          return JSON.stringify([apiVersion, kind, namespace, name]);
        }),
    ).size;
  const answers = questions
    .map(({ rules, can }) => ({ count: owners(rules), can }))
    .filter(({ count }) => count > 0)
    .slice(0, 2)
    .map(({ count, can }) => `${counted(count, 'workload')} can ${count === 1 ? can.replace('their', 'its') : can}`);
  if (answers.length > 0) return answers.join(', and ');
  const { objects, denied, warned, audited } = report.summary;
  const found = denied + warned + audited;
  const rest = isPartial(report) ? 'not all could be read' : 'none is a way to the host';
  if (found > 0) return `${counted(found, 'object')} of ${objects} can be hardened, and ${rest}`;
  if (isPartial(report)) return 'Nothing was found in what could be read, and not all could be read';
  return objects === 0 ? 'No object was there to judge' : `All of ${counted(objects, 'object')} are clean`;
}
