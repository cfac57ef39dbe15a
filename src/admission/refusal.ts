import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** An answer without a review, and so without a say in the matter: the failurePolicy of the webhook decides. */
export interface Refusal {
  readonly code: number;
  readonly problem: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** The type of a review, and of every answer. */
export const json = 'application/json';

/** Why a request is refused before its body is read. */
export function refusalOf({ method, headers }: IncomingMessage): Refusal | undefined {
  if (method !== 'POST') return { code: 405, problem: 'reviews come by POST', headers: { Allow: 'POST' } };
  if (!isJson(headers['content-type'])) return { code: 415, problem: `reviews come as ${json}` };
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return { code: 415, problem: 'reviews come unencoded' };
  return undefined;
}

function isJson(contentType: string | undefined): boolean {
  if (contentType === json) return true;
  if (contentType === undefined) return false;
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase() === json;
}

/** The body of an answer that is no review. */
export function errorText(problem: string): string {
  return `${JSON.stringify({ error: problem })}\n`;
}
