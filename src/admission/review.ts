import { asObject, asString, isObject } from '../policy/json.ts';
import { parseReview } from './review-json.ts';

/*
 * AdmissionReview admission.k8s.io/v1, read from bytes and written as text.
 * Source: k8s.io/api/admission/v1/types.go. The object stays plain JSON: a typed reader drops the fields it does not know,
 * and what it drops nobody judges.
 */

export const reviewApiVersion = 'admission.k8s.io/v1';

/** What the API server asks. Anything but the four verbs is read as CREATE, the one that is judged most strictly. */
export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

export interface AdmissionRequest {
  readonly uid: string;
  readonly operation: Operation;
  /** '' for the object itself; 'ephemeralcontainers', 'exec', 'attach'. */
  readonly subResource: string;
  /** '' for an object of the whole cluster. It decides; what the object says of itself does not. */
  readonly namespace: string;
  /** '' where the API server has yet to make one from generateName. */
  readonly name: string;
  readonly kind: string;
  readonly username: string;
  readonly dryRun: boolean;
  readonly object: unknown;
  readonly oldObject: unknown;
}

/** What became of the body of a request. */
export type ReadReview =
  | { readonly read: 'request'; readonly request: AdmissionRequest }
  /** There is a uid to answer to, but not in a review that Seawall speaks. */
  | { readonly read: 'foreign'; readonly uid: string; readonly problem: string }
  /** Nobody to answer to: HTTP 400. */
  | { readonly read: 'nothing'; readonly problem: string };

/**
 * Reads the body of a request; bytes that are not UTF-8 count as U+FFFD, as Go's reader has it.
 * @param body - written to
 */
export function readReview(body: Buffer): ReadReview {
  let review: unknown;
  try {
    review = parseReview(body);
  } catch {
    // The reason that V8 gives quotes the body, which may hold secrets.
    return { read: 'nothing', problem: body.length === 0 ? 'the body is empty' : 'the body is not JSON' };
  }
  if (!isObject(review)) return { read: 'nothing', problem: 'the body is not a JSON object' };
  const request = review['request'];
  const uid = asString(asObject(request)['uid']);
  const problem = foreignness(review);
  if (!isObject(request) || uid === '') {
    return {
      read: 'nothing',
      problem: problem ?? (isObject(request) ? 'the request has no uid' : 'the review has no request'),
    };
  }
  if (problem !== undefined) return { read: 'foreign', uid, problem };
  return { read: 'request', request: readRequest(request, uid) };
}

function foreignness(review: Readonly<Record<string, unknown>>): string | undefined {
  if (review['kind'] !== 'AdmissionReview') return 'the body is not an AdmissionReview';
  if (review['apiVersion'] !== reviewApiVersion) return `the AdmissionReview is not of ${reviewApiVersion}`;
  return undefined;
}

function readRequest(request: Readonly<Record<string, unknown>>, uid: string): AdmissionRequest {
  const kind = asObject(request['kind']);
  return {
    uid,
    operation: readOperation(request['operation']),
    subResource: asString(request['subResource']),
    namespace: asString(request['namespace']),
    name: asString(request['name']),
    kind: asString(kind['kind']),
    username: asString(asObject(request['userInfo'])['username']),
    dryRun: request['dryRun'] === true,
    object: withKind(request['object'], kind),
    oldObject: withKind(request['oldObject'], kind),
  };
}

function readOperation(operation: unknown): Operation {
  return operation === 'UPDATE' || operation === 'DELETE' || operation === 'CONNECT' ? operation : 'CREATE';
}

/**
 * The object under the kind of the request, by which the API server decodes and stores it. What it calls itself is its
 * author's own word: as a `PodList` without items, or as nothing, no rule would judge it.
 */
function withKind(object: unknown, { group, version, kind }: Readonly<Record<string, unknown>>): unknown {
  if (!isObject(object) || typeof kind !== 'string' || kind === '') return object;
  const apiVersion = asString(group) === '' ? asString(version) : `${asString(group)}/${asString(version)}`;
  if (object['kind'] === kind && object['apiVersion'] === apiVersion) return object;
  return { ...object, apiVersion, kind };
}

/** One cause of a denial. Source: k8s.io/apimachinery meta/v1 StatusCause. */
export interface StatusCause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

/** Why a request is not allowed. Source: k8s.io/apimachinery meta/v1 Status. */
export interface Status {
  readonly status: 'Failure';
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: { readonly causes: readonly StatusCause[] };
}

/** The answer to one request; `patch` is base64 of an RFC 6902 document. */
export interface AdmissionResponse {
  readonly allowed: boolean;
  readonly status?: Status | undefined;
  readonly patchType?: 'JSONPatch' | undefined;
  readonly patch?: string | undefined;
  readonly warnings?: readonly string[] | undefined;
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

const head = `{"apiVersion":"${reviewApiVersion}","kind":"AdmissionReview","response":{"uid":`;
const plainUid = /^[\w-]+$/;

/** The review that lets a request through and says nothing; nearly all answers are this one. */
export function allowText(uid: string): string {
  return `${head}${plainUid.test(uid) ? `"${uid}"` : JSON.stringify(uid)},"allowed":true}}`;
}

/** The review that carries an answer. */
export function reviewText(uid: string, response: AdmissionResponse): string {
  return `${head}${JSON.stringify(uid)},${JSON.stringify(response).slice(1)}}`;
}
