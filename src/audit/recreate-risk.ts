import type { Finding } from '../policy/finding.ts';
import { parseImageReference } from '../policy/image-reference.ts';
import type { RecreateRisk } from '../report/report.ts';
import type { OwnerRecord } from './scan-ledger.ts';

/**
 * What of an owner runs, or will, and would be refused if it were created now; undefined where nothing would.
 * @param repairs - whether a mutating webhook of ours stands before the refusal, and mends what the policy has it mend
 * @param withRemedy - whether anybody reads what to do about it
 */
export function recreateRiskOf(record: OwnerRecord, repairs: boolean, withRemedy: boolean): RecreateRisk | undefined {
  const refused = record.entries
    .filter(({ exemption, lives, finding }) => exemption === undefined && lives && finding.action === 'deny')
    .map(({ finding }) => finding)
    .filter(({ repairable }) => !repairable || !repairs);
  if (refused.length === 0) return undefined;
  const rules = [...new Set(refused.map(({ rule }) => rule))].sort();
  return {
    owner: record.owner,
    pods: repairs ? record.refusedPods : record.unrepairedPods,
    rules,
    ...(withRemedy && { remedy: remedyOf(record, refused, rules) }),
  };
}

/** How to be admitted again: by a repair that Seawall can make itself where there is one, else by an exemption to fill in. */
function remedyOf(record: OwnerRecord, refused: readonly Finding[], rules: readonly string[]): string {
  const mendable = rules.filter((rule) =>
    refused.every((finding) => finding.rule !== rule || finding.mend !== undefined),
  );
  const left = rules.filter((rule) => !mendable.includes(rule));
  const repair = mendable.map((rule) => `# ${rule}: \`seawall check --fix\` mends its manifest`);
  return [...repair, ...(left.length === 0 ? [] : exemptionStub(record, left))].join('\n');
}

/**
 * An entry for `spec.exemptions`. Reason, owner and last day are left empty, which the policy's reader refuses: nobody is
 * exempted by what nobody has answered for. So is a list that would hold a pattern: a tenant chooses the name of his image,
 * and `**` in it would exempt everything.
 */
function exemptionStub({ owner, images, serviceAccounts }: OwnerRecord, rules: readonly string[]): string[] {
  const names = [...images].map(canonicalName);
  const namespace = owner.namespace;
  const accounts = [...serviceAccounts].filter((account) => !account.endsWith('/default')).sort();
  // A namespace alone would exempt more than this owner.
  const byImages = names.length > 0 && (accounts.length === 0 || !names.includes(undefined));
  const flow = (values: readonly (string | undefined)[]): string => {
    const texts = [...new Set(values)];
    if (texts.some((value) => value === undefined || !isPlainName(value)))
      return '[] # one is no plain name: write what you mean';
    return `[${texts.map((value) => JSON.stringify(value)).join(', ')}]`;
  };
  return [
    `- name: ${labelOf(owner)}`,
    '  reason: ""',
    '  owner: ""',
    '  expires: ""',
    `  rules: [${rules.join(', ')}]`,
    ...(namespace === '' ? [] : [`  namespaces: ${flow([namespace])}`]),
    ...(byImages ? [`  images: ${flow(names.toSorted())}`] : []),
    ...(!byImages && accounts.length > 0 ? [`  serviceAccounts: ${flow(accounts)}`] : []),
  ];
}

/** Whether a name means itself alone as a pattern; all names do that a registry or the API server takes. */
function isPlainName(name: string): boolean {
  return /^[\w./:@-]+$/.test(name);
}

function canonicalName(image: string): string | undefined {
  const reference = parseImageReference(image);
  return 'opaque' in reference ? undefined : reference.name;
}

/** A name for an exemption, as the policy's reader takes it: a label of 63 characters. */
function labelOf({ kind, namespace, name }: OwnerRecord['owner']): string {
  const label = [namespace, kind, name]
    .join('-')
    .toLowerCase()
    .replace(/[^-.a-z0-9]/g, '-')
    .slice(0, 63);
  return label.replace(/^[-.]+|[-.]+$/g, '') || 'exemption';
}
