import type { Finding } from '../policy/finding.ts';
import { parseImageReference } from '../policy/image-reference.ts';
import type { Policy } from '../policy/policy.ts';
import type { RecreateRisk } from '../report/report.ts';
import type { OwnerRecord } from './scan-ledger.ts';

/**
 * What of an owner runs, or will, and would be refused if it were created now; undefined where nothing would.
 * @param repairs - whether a mutating webhook of ours stands before the refusal, and mends what the policy has it mend
 * @param names - for the exemptions to fill in; undefined where nobody reads what to do about it
 */
export function recreateRiskOf(
  record: OwnerRecord,
  repairs: boolean,
  names: ExemptionNames | undefined,
): RecreateRisk | undefined {
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
    ...(names !== undefined && { remedy: remedyOf(record, refused, rules, names) }),
  };
}

/** How to be admitted again: by a repair that Seawall can make itself where there is one, else by an exemption to fill in. */
function remedyOf(
  record: OwnerRecord,
  refused: readonly Finding[],
  rules: readonly string[],
  names: ExemptionNames,
): string {
  const mendable = rules.filter((rule) => refused.every((finding) => finding.rule !== rule || finding.fixable));
  const left = rules.filter((rule) => !mendable.includes(rule));
  const repair = mendable.map((rule) => `# ${rule}: \`seawall check --fix\` mends its manifest`);
  return [...repair, ...(left.length === 0 ? [] : exemptionStub(record, left, names.next(record.owner)))].join('\n');
}

/**
 * An entry for `spec.exemptions`. Reason, owner and last day are left empty, which the policy's reader refuses: nobody is
 * exempted by what nobody has answered for. So is a list that would hold a pattern: a tenant chooses the name of his image,
 * and `**` in it would exempt everything.
 */
function exemptionStub(
  { owner, images, serviceAccounts }: OwnerRecord,
  rules: readonly string[],
  name: string,
): string[] {
  const names = [...images].map(canonicalName);
  const accounts = [...serviceAccounts].filter((account) => !/\/(?:default)?$/.test(account)).sort();
  // A namespace alone would exempt more than this owner.
  const byImages = !images.has('') && (accounts.length === 0 || !names.includes(undefined));
  const byAccounts = !byImages && accounts.length > 0;
  const namespaces = namespacesOf(owner.namespace, serviceAccounts);
  const flow = (values: readonly (string | undefined)[]): string => {
    const texts = [...new Set(values)];
    if (texts.some((value) => value === undefined || !isPlainName(value)))
      return '[] # one is no plain name: write what you mean';
    return `[${texts.map((value) => JSON.stringify(value)).join(', ')}]`;
  };
  return [
    ...(byImages || byAccounts ? [] : ['# no image or account of it is in sight: this exempts the whole namespace']),
    `- name: ${name}`,
    '  reason: ""',
    '  owner: ""',
    '  expires: ""',
    `  rules: [${rules.join(', ')}]`,
    ...(namespaces.length === 0 ? [] : [`  namespaces: ${flow(namespaces)}`]),
    ...(byImages ? [`  images: ${flow(names.toSorted())}`] : []),
    ...(byAccounts ? [`  serviceAccounts: ${flow(accounts)}`] : []),
  ];
}

/** The owner's, or those of its pods where it is in none; none where something of it is in none. */
function namespacesOf(ofOwner: string, serviceAccounts: ReadonlySet<string>): string[] {
  if (ofOwner !== '') return [ofOwner];
  const found = new Set([...serviceAccounts].map((account) => account.slice(0, account.indexOf('/'))));
  return found.has('') ? [] : [...found].sort();
}

/** Whether a name means itself alone as a pattern; all names do that a registry or the API server takes. */
function isPlainName(name: string): boolean {
  return /^[\w./:@-]+$/.test(name);
}

function canonicalName(image: string): string | undefined {
  const reference = parseImageReference(image);
  return 'opaque' in reference ? undefined : reference.name;
}

const maxName = 63;

/** Names for exemptions, as the policy's reader takes them: labels of 63 characters, each of which is another. */
export class ExemptionNames {
  readonly #taken: Set<string>;
  /** How many have been asked for, of those that begin alike: owners may be many, and their names long. */
  readonly #counts = new Map<string, number>();

  constructor({ exemptions }: Policy) {
    this.#taken = new Set(exemptions.map(({ name }) => name));
  }

  next(owner: OwnerRecord['owner']): string {
    const label = labelOf(owner);
    for (;;) {
      const count = (this.#counts.get(label) ?? 0) + 1;
      this.#counts.set(label, count);
      const end = count === 1 ? '' : `-${count}`;
      const name = `${trimmed(label.slice(0, maxName - end.length))}${end}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
  }
}

function labelOf({ kind, namespace, name }: OwnerRecord['owner']): string {
  const label = [namespace, kind, name]
    .join('-')
    .toLowerCase()
    .replace(/[^-.a-z0-9]/g, '-')
    .slice(0, maxName);
  return trimmed(label) || 'exemption';
}

/** What a label begins and ends with is a letter or a digit. */
function trimmed(label: string): string {
  return label.replace(/^[-.]+|[-.]+$/g, '');
}
