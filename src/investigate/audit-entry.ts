import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString, asStrings, isObject } from '../policy/json.ts';
import type { Decision } from './decision-log.ts';

/**
 * What is kept of one request that the API server's audit log holds, each text cut to a bound.
 * Source: k8s.io/apiserver pkg/apis/audit/v1 Event.
 */
export interface AuditEntry {
  readonly id: string;
  /** RFC 3339 of the request. */
  readonly time: string;
  readonly verb: string;
  readonly user: string;
  readonly groups: readonly string[];
  /** Who really spoke, where `user` is impersonated. */
  readonly impersonator: string;
  readonly sourceIps: readonly string[];
  readonly userAgent: string;
  readonly resource: string;
  readonly group: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** '' where the log's level leaves it out. */
  readonly uid: string;
  /** HTTP status; 0 where there is none yet. */
  readonly code: number;
  /** Those that tell of Seawall's admission. */
  readonly annotations: JsonObject;
  /** Words of an exec's command, from the request's address; its words are in no other field. */
  readonly command: readonly string[];
  /** Where the entry is a line of Seawall's own log. */
  readonly decision?: Decision;
}

/** Verbs that make, change or enter something; the rest of a log is left out. */
const verbs: ReadonlySet<string> = new Set([
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'get',
  'connect',
]);
/** Of a request that makes or changes something only the address decides whether it is a dry run; a delete's body may say otherwise. */
const tried: ReadonlySet<string> = new Set(['create', 'update', 'patch']);
/** A get of these runs something: a websocket begins so. */
const connecting: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy']);

const maxWords = 32;

/** Longer than any name the API server takes (253); a user of an identity provider may have a longer one, cut here. */
const maxText = 512;

/** Whether a value is an event of an audit log at all. */
export function isAuditEvent(value: unknown): value is JsonObject {
  return isObject(value) && typeof value['auditID'] === 'string' && typeof value['verb'] === 'string';
}

/** What is kept of an event; undefined for one that changed and entered nothing. */
export function readAuditEntry(event: JsonObject): AuditEntry | undefined {
  const verb = asString(event['verb']);
  const reference = asObject(event['objectRef']);
  const subresource = textOf(reference['subresource']);
  if (!verbs.has(verb) || (verb === 'get' && !connecting.has(subresource))) return undefined;
  // Of the stages of a request the first says nothing of its end; a controller writes states for ever.
  if (event['stage'] === 'RequestReceived' || subresource === 'status') return undefined;
  const uri = asString(event['requestURI']);
  if (tried.has(verb) && !connecting.has(subresource) && isDryRun(uri)) return undefined;
  const user = asObject(event['user']);
  const impersonated = asObject(event['impersonatedUser']);
  const isImpersonated = typeof impersonated['username'] === 'string';
  const made = asObject(asObject(event['responseObject'])['metadata']);
  const code = asObject(event['responseStatus'])['code'];
  return {
    id: textOf(event['auditID']),
    time: textOf(event['requestReceivedTimestamp']),
    verb,
    user: textOf(isImpersonated ? impersonated['username'] : user['username']),
    groups: textsOf(isImpersonated ? impersonated['groups'] : user['groups'], 20),
    impersonator: isImpersonated ? textOf(user['username']) : '',
    sourceIps: textsOf(event['sourceIPs'], 4),
    userAgent: textOf(event['userAgent'], 200),
    resource: textOf(reference['resource']),
    group: textOf(reference['apiGroup']),
    subresource,
    namespace: textOf(reference['namespace']),
    // A name that the server has made up stands in the answer only, where the log keeps answers.
    name: textOf(reference['name']) || textOf(made['name']),
    uid: textOf(reference['uid']) || (subresource === '' ? textOf(made['uid']) : ''),
    code: typeof code === 'number' ? code : 0,
    annotations: ownAnnotations(asObject(event['annotations'])),
    command: connecting.has(subresource) ? queryOf(uri).getAll('command').slice(0, maxWords) : [],
  };
}

/** The items of a list of events, where a log is kept as one. */
export function auditItems(value: JsonObject): readonly unknown[] | undefined {
  return Array.isArray(value['items']) ? asList(value['items']) : undefined;
}

const maxAnnotations = 8;

/** A webhook of ours writes under its name; the API server writes the name where it did not answer. */
function ownAnnotations(annotations: JsonObject): JsonObject {
  const own = Object.entries(annotations)
    .map(([key, value]) => [textOf(key), textOf(value, 1_024)] as const)
    .filter(([key, value]) => (key.startsWith('failed-open.') ? value : key).includes('.seawall.dev'));
  return Object.fromEntries(own.slice(0, maxAnnotations));
}

export function textsOf(value: unknown, most: number): string[] {
  return asStrings(value)
    .slice(0, most)
    .map((text) => textOf(text));
}

/** A copy of what is kept: a slice would hold the whole text, of as many megabytes as a value may have. */
export function textOf(value: unknown, limit = maxText): string {
  const text = asString(value);
  return text.length <= limit ? text : Buffer.from(text.slice(0, limit)).toString();
}

/** The API server takes no other value of it. */
function isDryRun(uri: string): boolean {
  return queryOf(uri).has('dryRun');
}

function queryOf(uri: string): URLSearchParams {
  const query = uri.indexOf('?');
  return new URLSearchParams(query < 0 ? '' : uri.slice(query + 1, query + 8_192));
}
