import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString, asStrings, isObject } from '../policy/json.ts';

/** What is kept of one request that the API server's audit log holds. Source: k8s.io/apiserver pkg/apis/audit/v1 Event. */
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
  readonly annotations: JsonObject;
  /** Words of an exec's command, from the request's address; its words are in no other field. */
  readonly command: readonly string[];
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
/** A get of these runs something: a websocket begins so. */
const connecting: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy']);

const maxWords = 32;

/** Whether a value is an event of an audit log at all. */
export function isAuditEvent(value: unknown): value is JsonObject {
  return isObject(value) && typeof value['auditID'] === 'string' && typeof value['verb'] === 'string';
}

/** What is kept of an event; undefined for one that changed and entered nothing. */
export function readAuditEntry(event: JsonObject): AuditEntry | undefined {
  const verb = asString(event['verb']);
  const reference = asObject(event['objectRef']);
  const subresource = asString(reference['subresource']);
  if (!verbs.has(verb) || (verb === 'get' && !connecting.has(subresource))) return undefined;
  // Of the stages of a request the first says nothing of its end.
  if (event['stage'] === 'RequestReceived') return undefined;
  const user = asObject(event['user']);
  const impersonated = asObject(event['impersonatedUser']);
  const isImpersonated = typeof impersonated['username'] === 'string';
  const made = asObject(asObject(event['responseObject'])['metadata']);
  const code = asObject(event['responseStatus'])['code'];
  return {
    id: asString(event['auditID']),
    time: asString(event['requestReceivedTimestamp']),
    verb,
    user: asString(isImpersonated ? impersonated['username'] : user['username']),
    groups: asStrings(isImpersonated ? impersonated['groups'] : user['groups']).slice(0, 20),
    impersonator: isImpersonated ? asString(user['username']) : '',
    sourceIps: asStrings(event['sourceIPs']).slice(0, 4),
    userAgent: asString(event['userAgent']).slice(0, 200),
    resource: asString(reference['resource']),
    group: asString(reference['apiGroup']),
    subresource,
    namespace: asString(reference['namespace']),
    // A name that the server has made up stands in the answer only, where the log keeps answers.
    name: asString(reference['name']) || asString(made['name']),
    uid: asString(reference['uid']) || (subresource === '' ? asString(made['uid']) : ''),
    code: typeof code === 'number' ? code : 0,
    annotations: asObject(event['annotations']),
    command: connecting.has(subresource) ? commandOf(asString(event['requestURI'])) : [],
  };
}

/** The items of a list of events, where a log is kept as one. */
export function auditItems(value: JsonObject): readonly unknown[] | undefined {
  return Array.isArray(value['items']) ? asList(value['items']) : undefined;
}

function commandOf(uri: string): string[] {
  const query = uri.indexOf('?');
  if (query < 0) return [];
  return new URLSearchParams(uri.slice(query + 1, query + 8_192)).getAll('command').slice(0, maxWords);
}
