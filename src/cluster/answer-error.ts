import type { IncomingMessage } from 'node:http';
import { asList, asObject, asString, isObject } from '../policy/json.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import type { ApiErrorCode, JsonObject } from './api.ts';
import { ApiError } from './api.ts';

/** Most characters of the server's own words in a message: enough for a webhook's refusal, less than a log line. */
const maxWords = 1_000;

/** The error for an answer that is no 2xx; `text` is its body. */
export function answerError(what: string, response: IncomingMessage, text: string): ApiError {
  const status = response.statusCode ?? 0;
  const told = statusOf(text);
  const seconds = retryAfter(response.headers['retry-after']) ?? told.retryAfterSeconds;
  const words = told.message ?? (text.trim() === '' ? (response.statusMessage ?? '') : text.trim());
  return new ApiError(codeOf(status), `${what}: HTTP ${status}: ${plainLine(words, maxWords)}`, {
    status,
    ...(told.reason === undefined ? {} : { reason: told.reason }),
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
    ...(told.continueToken === undefined ? {} : { continueToken: told.continueToken }),
    ...(told.causes === undefined ? {} : { causes: told.causes }),
  });
}

/** The error for an ERROR event of a watch, whose object is a Status. */
export function eventError(what: string, object: JsonObject): ApiError {
  const { code, message, reason, retryAfterSeconds } = readStatus(object);
  return new ApiError(codeOf(code ?? 500), `${what}: ${plainLine(message ?? 'an error without words', maxWords)}`, {
    ...(code === undefined ? {} : { status: code }),
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

function codeOf(status: number): ApiErrorCode {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 409:
      return 'conflict';
    case 410:
      return 'gone';
    case 429:
      return 'too-many-requests';
    default:
      if (status >= 500) return 'server-error';
      // A redirect would send the credentials elsewhere; it is not followed.
      return status >= 400 ? 'invalid' : 'not-understood';
  }
}

/** What is read of a Status. Source: k8s.io/apimachinery pkg/apis/meta/v1 Status. */
interface Status {
  readonly code?: number;
  readonly message?: string;
  readonly reason?: string;
  readonly retryAfterSeconds?: number;
  readonly continueToken?: string;
  readonly causes?: readonly string[];
}

function statusOf(text: string): Status {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? readStatus(parsed) : {};
  } catch {
    // A proxy in between answers in HTML, and the API server itself in plain text where it has no such path.
    return {};
  }
}

function readStatus({ code, message, reason, details, metadata }: JsonObject): Status {
  const seconds = isObject(details) ? details['retryAfterSeconds'] : undefined;
  const token = isObject(metadata) ? metadata['continue'] : undefined;
  const causes = causesOf(isObject(details) ? details['causes'] : undefined);
  return {
    ...(typeof code === 'number' ? { code } : {}),
    ...(typeof message === 'string' && message !== '' ? { message } : {}),
    ...(typeof reason === 'string' ? { reason: plainLine(reason, 100) } : {}),
    ...(typeof seconds === 'number' && seconds > 0 ? { retryAfterSeconds: seconds } : {}),
    ...(typeof token === 'string' && token !== '' ? { continueToken: token } : {}),
    ...(causes.length > 0 ? { causes } : {}),
  };
}

/** Most causes that are kept; a refusal of a list of fields has hundreds. */
const maxCauses = 10;

function causesOf(causes: unknown): string[] {
  return asList(causes)
    .slice(0, maxCauses)
    .map((cause) => plainLine(asString(asObject(cause)['message']), maxWords))
    .filter((message) => message !== '');
}

/** Only seconds: Kubernetes sends no dates here. */
function retryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}

const untrusted: ReadonlySet<unknown> = new Set([
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The error where no answer came, or only a part of it. */
export function connectionError(what: string, server: string, cause: unknown): ApiError {
  const code = isObject(cause) && typeof cause['code'] === 'string' ? cause['code'] : '';
  // An AggregateError of several addresses has no message.
  const message = isObject(cause) && typeof cause['message'] === 'string' ? cause['message'] : '';
  const words = untrusted.has(code)
    ? `the certificate of the server is not signed by the CA of the credentials (${code})`
    : plainLine(message === '' ? code : message, maxWords);
  return new ApiError('unreachable', `${what}: no answer from ${server}: ${words}`, { cause });
}
