import { asList, asObject } from '../policy/json.ts';

/*
 * The JSON of a review without the managedFields of its objects. No rule reads them, and they are hundreds of little
 * objects, of which each costs V8 as much as a container's field does: a sixth of the time of a text (docs/performance.md).
 */

/** Read for the name, since few bytes of a review are an F: one look at 100 kB takes 2 us, where `"` is everywhere. */
const nameEnd = Buffer.from('Fields":[');
const nameStart = Buffer.from('"managed');

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const zero = 0x30;
const space = 0x20;

/**
 * Reads a body; bytes that are not UTF-8 count as U+FFFD. The managedFields of `request.object` and `request.oldObject`,
 * and of their `spec.template`, may come as `[0]`.
 * @param body - written to
 * @throws SyntaxError
 */
export function parseReview(body: Buffer): unknown {
  const emptied = emptyManagedFields(body);
  const review = parse(body);
  if (emptied.length === emptiedIn(review)) return review;
  // A list of that name stands where its author may have meant something by it.
  for (const { start, bytes } of emptied) body.set(bytes, start);
  return parse(body);
}

function parse(body: Buffer): unknown {
  // A byte order mark is no part of JSON, but RFC 8259 (8.1) lets a reader pass over it.
  const start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
  return JSON.parse(body.toString('utf8', start));
}

/** Of an object, the old one and their templates. With one more, some are elsewhere, and the body is parsed as it came. */
const mostLists = 4;

/** What stood in a list, and where. */
interface Emptied {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * Puts `[0]` and blanks in place of the lists under the name managedFields, as Go's encoder writes it: without a blank
 * between. In JSON a quote behind `{` or `,` opens a name or a text, and the letter behind it tells that it does not end
 * one, so that none of this is found within a text.
 */
function emptyManagedFields(body: Buffer): readonly Emptied[] {
  const emptied: Emptied[] = [];
  let found = body.indexOf(nameEnd);
  while (found >= 0 && emptied.length <= mostLists) {
    const start = found + nameEnd.length;
    let next = start;
    if (isManagedFields(body, found)) {
      const end = listEnd(body, start);
      if (end < 0) break;
      if (end > start) emptied.push(empty(body, start, end));
      next = end;
    }
    found = body.indexOf(nameEnd, next);
  }
  return emptied;
}

function empty(body: Buffer, start: number, end: number): Emptied {
  const bytes = Buffer.from(body.subarray(start, end));
  body.fill(space, start, end);
  body[start] = zero;
  return { start, bytes };
}

function isManagedFields(body: Buffer, nameEndAt: number): boolean {
  const start = nameEndAt - nameStart.length;
  const before = body[start - 1];
  return (before === openBrace || before === comma) && nameStart.compare(body, start, nameEndAt) === 0;
}

/** Where the bracket stands that closes a list; -1 where none does. */
function listEnd(body: Buffer, start: number): number {
  let depth = 1;
  for (let at = start; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === quote) at = textEnd(body, at + 1);
    else if (byte === openBracket) depth += 1;
    else if (byte === closeBracket) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

function textEnd(body: Buffer, start: number): number {
  let at = start;
  while (at < body.length && body[at] !== quote) at += body[at] === backslash ? 2 : 1;
  return at;
}

/** How many of the lists are where nobody looks: in the metadata of the two objects of a review, and of their templates. */
function emptiedIn(review: unknown): number {
  const { object, oldObject } = asObject(asObject(review)['request']);
  return emptiedInObject(object) + emptiedInObject(oldObject);
}

function emptiedInObject(object: unknown): number {
  return emptiedInMetadata(object) + emptiedInMetadata(asObject(asObject(object)['spec'])['template']);
}

function emptiedInMetadata(object: unknown): number {
  const list = asList(asObject(asObject(object)['metadata'])['managedFields']);
  return Number(list.length === 1 && list[0] === 0);
}
