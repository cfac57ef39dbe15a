import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Header for senders whose custom headers cannot be Authorization. */
export const secretHeader = 'x-seawall-secret';

/** Fewer characters are guessed sooner or later. */
const minLength = 16;
const maxSecrets = 4;

/** Whether a request carries one of the secrets. */
export type IsAuthentic = (headers: IncomingHttpHeaders) => boolean;

/**
 * Reads the secrets of a file, one a line: the new one beside the old one while senders are being changed.
 * @throws naming what is wrong with them, never one of them
 */
export function readSecrets(text: string): IsAuthentic {
  const secrets = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (secrets.length === 0) throw new Error('the file of the shared secret is empty');
  if (secrets.length > maxSecrets) throw new Error(`the file of the shared secret has more than ${maxSecrets} lines`);
  if (secrets.some((secret) => secret.length < minLength)) {
    throw new Error(`a shared secret has fewer than ${minLength} characters`);
  }
  const known = secrets.map(digest);
  return (headers) => {
    const given = candidates(headers).map(digest);
    // Every pair is compared, so that the time tells neither which one nor how far it fits.
    let found = false;
    for (const one of given) for (const other of known) found = timingSafeEqual(one, other) || found;
    return found;
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Bearer; the password of Basic, which curl and so Falco make of https://seawall:SECRET@host/; the header of its own. */
function candidates(headers: IncomingHttpHeaders): string[] {
  const own = headers[secretHeader];
  const [, scheme = '', value = ''] = /^(\S{1,16}) +(\S{1,4096})$/.exec(headers.authorization ?? '') ?? [];
  const found = typeof own === 'string' ? [own] : [];
  if (scheme.toLowerCase() === 'bearer') found.push(value);
  if (scheme.toLowerCase() === 'basic') {
    const pair = Buffer.from(value, 'base64').toString();
    found.push(pair.slice(pair.indexOf(':') + 1));
  }
  return found;
}
