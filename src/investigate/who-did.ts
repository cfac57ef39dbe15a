import type { JsonObject } from '../policy/finding.ts';
import type { OwnerReference } from '../report/report.ts';
import { describeObject } from '../report/describe.ts';
import type { AuditEntry } from './audit-entry.ts';
import type { AuditFindings } from './audit-log.ts';
import { decisionText } from './decision-log.ts';
import type { FieldManager } from './managed-fields.ts';
import { fieldManagersOf } from './managed-fields.ts';

/** An object that requests may have been about, by what stands in an audit log. */
export interface AuditTarget {
  readonly reference: OwnerReference;
  readonly group: string;
  /** Plural. */
  readonly resource: string;
  /** RFC 3339; '' where it is not known. */
  readonly created: string;
  readonly role: 'pod' | 'owner' | 'root';
  /** Whether the API server has made its name up: a log that keeps no answers has the request without it. */
  readonly isNameGenerated?: boolean;
}

/** One request that made, changed or entered it. */
export interface Deed {
  /** As `created Deployment shop/web`. */
  readonly what: string;
  readonly user: string;
  /** `person`: nothing says that it is not one. Never more than the name tells. */
  readonly userType: 'person' | 'ServiceAccount' | 'node' | 'system component' | 'anonymous';
  readonly groups: readonly string[];
  readonly impersonator: string;
  readonly time: string;
  readonly from: readonly string[];
  readonly with: string;
  readonly code: number;
  readonly source: 'the audit log' | 'Seawall’s log';
  /** `recorded`: of this very object. `likely`: of one of its name, at its time. `possible`: of one of its name. */
  readonly confidence: 'recorded' | 'likely' | 'possible';
  readonly command: readonly string[];
  /** How the deed comes before another in an answer; the first tells most. */
  readonly rank: number;
}

/** Who did it, as far as it is recorded. */
export interface WhoDid {
  /** In one line; it never names a person whom nothing names. */
  readonly answer: string;
  readonly deeds: readonly Deed[];
  /** Programs that wrote the objects, by their own words; no persons. */
  readonly managers: readonly (FieldManager & { readonly object: string })[];
  /** What the audit log covers, and what of it could not be read; absent where none was given. */
  readonly log?: Omit<AuditFindings, 'entries'> | undefined;
}

const maxDeeds = 20;
const maxManagers = 8;

/** Whether an entry is about one of the objects, by uid or by name. */
export function isAboutAny(targets: readonly AuditTarget[]): (entry: AuditEntry) => boolean {
  const uids = new Set(targets.map(({ reference: { uid = '' } }) => uid).filter((uid) => uid !== ''));
  const keys = new Set(targets.flatMap((target) => [keyOfTarget(target), decisionKeyOf(target)]));
  return (entry) => (entry.uid !== '' && uids.has(entry.uid)) || keys.has(keyOfEntry(entry));
}

function keyOfTarget({ group, resource, reference: { namespace, name } }: AuditTarget): string {
  return [group, resource, namespace, name].join('\0');
}

/** Seawall's log tells kinds, and no group. */
function decisionKeyOf({ reference: { kind, namespace, name } }: AuditTarget): string {
  return ['decision', kind, namespace, name].join('\0');
}

function keyOfEntry({ group, resource, namespace, name, decision }: AuditEntry): string {
  return [...(decision === undefined ? [group, resource] : ['decision', decision.kind]), namespace, name].join('\0');
}

/**
 * @param eventMs - when the tool ran, in milliseconds since the epoch; what came after is told after what came before
 */
export function whoDid(
  targets: readonly AuditTarget[],
  objects: readonly { readonly reference: OwnerReference; readonly object: JsonObject }[],
  log: AuditFindings | undefined,
  eventMs: number | undefined,
): WhoDid {
  const deeds = (log?.entries ?? [])
    .flatMap((entry) => targets.flatMap((target) => deedOf(entry, target) ?? []))
    .toSorted((one, other) => order(one, eventMs) - order(other, eventMs) || (one.time < other.time ? 1 : -1));
  const managers = objects
    .flatMap(({ reference, object }) =>
      fieldManagersOf(object).map((manager) => ({ ...manager, object: describeObject(reference) })),
    )
    .slice(0, maxManagers);
  const told = deeds.slice(0, maxDeeds);
  return {
    answer: answerOf(told, managers, log, targets),
    deeds: told,
    managers,
    ...(log !== undefined && { log: withoutEntries(log) }),
  };
}

function withoutEntries(found: AuditFindings): WhoDid['log'] {
  const { more, events, decisions, malformed, foreign, from, to, files, problems } = found;
  return { more, events, decisions, malformed, foreign, from, to, files, problems };
}

function order({ rank, time }: Deed, eventMs: number | undefined): number {
  return eventMs !== undefined && Date.parse(time) > eventMs ? rank + 10 : rank;
}

function deedOf(entry: AuditEntry, target: AuditTarget): Deed | undefined {
  const { reference, created } = target;
  const isUid = entry.uid !== '' && entry.uid === reference.uid;
  const isNamed = keyOfEntry(entry) === (entry.decision === undefined ? keyOfTarget : decisionKeyOf)(target);
  if (!isUid && (!isNamed || (entry.uid !== '' && reference.uid !== undefined && reference.uid !== '')))
    return undefined;
  const deed = wordsFor(entry, target);
  if (deed === undefined) return undefined;
  const isItsTime = deed.isCreation && created !== '' && Math.abs(Date.parse(entry.time) - Date.parse(created)) < 2_000;
  return {
    what: `${deed.words} ${describeObject(reference)}${answerTo(entry)}`,
    source: entry.decision === undefined ? 'the audit log' : 'Seawall’s log',
    user: entry.user,
    userType: userType(entry.user),
    groups: entry.groups,
    impersonator: entry.impersonator,
    time: entry.time,
    from: entry.sourceIps,
    with: entry.userAgent,
    code: entry.code,
    confidence: isUid ? 'recorded' : isItsTime ? 'likely' : 'possible',
    command: entry.command,
    rank: entry.code >= 400 ? 9 : deed.rank,
  };
}

function answerTo({ code, decision }: AuditEntry): string {
  if (decision !== undefined) return ` (${decisionText(decision)})`;
  return code >= 400 ? ` (refused, HTTP ${code})` : '';
}

interface Words {
  readonly words: string;
  readonly rank: number;
  readonly isCreation?: boolean;
}

/** What a request did, by verb and subresource; undefined for one that says nothing of who launched anything. */
function wordsFor({ verb, subresource, code }: AuditEntry, { role, group, resource }: AuditTarget): Words | undefined {
  if (subresource === 'exec' || subresource === 'attach') return { words: `${subresource} into`, rank: 1 };
  if (subresource === 'ephemeralcontainers') return { words: 'added an ephemeral container to', rank: 1 };
  if (subresource === 'scale') return { words: 'scaled', rank: 4 };
  if (subresource === 'portforward' || subresource === 'proxy') return { words: `${subresource} to`, rank: 6 };
  if (subresource === 'binding') return { words: 'bound to a node', rank: 8 };
  // A dry run of these may stand in the body alone, which a log seldom keeps.
  if (subresource === 'eviction') return { words: 'asked to evict', rank: 5 };
  if (subresource !== '') return undefined;
  const created = { words: 'created', rank: role === 'root' ? 0 : 3, isCreation: true };
  // A server-side apply is a patch, and makes what is not there.
  if (code === 201) return created;
  switch (verb) {
    case 'create':
      return created;
    case 'update':
    case 'patch':
      // A controller writes its own children all day; of a pod the image can be changed.
      return { words: 'changed', rank: role === 'root' ? 2 : group === '' && resource === 'pods' ? 2 : 7 };
    case 'delete':
      return { words: 'asked to delete', rank: 5 };
    default:
      return undefined;
  }
}

export function userType(user: string): Deed['userType'] {
  if (user.startsWith('system:serviceaccount:')) return 'ServiceAccount';
  if (user.startsWith('system:node:')) return 'node';
  if (user === 'system:anonymous') return 'anonymous';
  // What OpenShift calls the administrator of its installation.
  if (user === 'system:admin') return 'person';
  return user.startsWith('system:') ? 'system component' : 'person';
}

/** The name as a person says it: `ServiceAccount ci/deployer` for what RBAC calls system:serviceaccount:ci:deployer. */
export function describeUser(user: string): string {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  return namespace === undefined || name === undefined ? user : `ServiceAccount ${namespace}/${name}`;
}

function answerOf(
  deeds: readonly Deed[],
  managers: WhoDid['managers'],
  log: AuditFindings | undefined,
  targets: readonly AuditTarget[],
): string {
  const [first] = deeds;
  if (first !== undefined && first.rank <= 3) {
    const { user, impersonator, what, time, confidence, source, userType: type } = first;
    const speaker =
      impersonator === '' ? describeUser(user) : `${describeUser(impersonator)}, speaking as ${describeUser(user)},`;
    const account = type === 'ServiceAccount' ? '; an account, whose token anyone may have held' : '';
    const sure =
      confidence === 'recorded'
        ? `recorded in ${source}`
        : `${confidence} by name${confidence === 'likely' ? ' and time' : ''} in ${source}`;
    return `${speaker} ${what} at ${time} (${sure}${account})`;
  }
  const hint = managers.find(({ wroteSpec }) => wroteSpec);
  const program =
    hint === undefined
      ? ''
      : `; its fields were last written by a program that calls itself ${hint.manager} at ${hint.time}, which names no person`;
  if (log === undefined)
    return `not known: no object stores its author, and no audit log was given (--audit-log)${program}`;
  const unread = log.problems.length === 0 ? '' : '; not all of it could be read';
  if (log.files === 0) return `not known: no audit log could be read${program}`;
  if (log.events === 0 && log.decisions > 0)
    return `not known: there is no event of an audit log, and Seawall’s own tells only of what it objected to${program}`;
  const born =
    targets
      .map(({ created }) => created)
      .filter((created) => created !== '')
      .toSorted()[0] ?? '';
  const early =
    log.from !== '' && born !== '' && born < log.from ? `; it begins ${log.from}, after it was made ${born}` : '';
  const root = targets.find(({ role, isNameGenerated }) => role === 'root' && isNameGenerated === true);
  if (root !== undefined && early === '' && log.events > 0) {
    const { namespace } = root.reference;
    const place = namespace === '' ? '' : ` in namespace ${namespace}`;
    return `not known: its name was generated, and the audit log keeps no answers that would tell it: look there for a create of ${root.resource}${place} without a name at ${root.created}${program}`;
  }
  return `not known: the audit log has no request that made it${log.events === 0 ? ', and no event at all' : early}${unread}${program}`;
}
