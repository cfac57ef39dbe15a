import type { Cursor } from './cursor.ts';
import { hexDigit, isBlank, isBlankOrEnd, isBreak, isBreakOrEnd, isDigit, isWord } from './cursor.ts';
import type { Token } from './token.ts';
import { token } from './token.ts';

// What may follow the name of an anchor or alias besides white space: ? : , ] } % @ `
const afterAnchor: ReadonlySet<number> = new Set([0x3f, 0x3a, 0x2c, 0x5d, 0x7d, 0x25, 0x40, 0x60]);
// The characters of a tag's URI besides letters, digits, _ and -
const uriCharacters: ReadonlySet<number> = new Set(
  Array.from(";/?:@&=+$,.!~*'()[]%", (character) => character.charCodeAt(0)),
);

/** Reads `&name` or `*name`. Source: yaml_parser_scan_anchor. */
export function scanAnchor(cursor: Cursor, kind: 'alias' | 'anchor'): Token {
  const start = cursor.at;
  cursor.skip();
  const name = readWord(cursor);
  if (name === '' || !(isBlankOrEnd(cursor.code()) || afterAnchor.has(cursor.code()))) {
    cursor.fail(`the name of an ${kind} is made of letters, digits, - and _ only`, start);
  }
  return token(kind, start, cursor.at, name);
}

/** Reads `!tag`, `!!tag`, `!handle!tag` or `!<uri>`. Source: yaml_parser_scan_tag. */
export function scanTag(cursor: Cursor): Token {
  const start = cursor.at;
  let handle = '';
  let suffix: string;
  if (cursor.code(1) === 0x3c) {
    cursor.skip(2);
    suffix = readTagUri(cursor, start, '');
    if (cursor.code() !== 0x3e) cursor.fail('a tag that begins with !< ends with >', start);
    cursor.skip();
  } else {
    handle = readTagHandle(cursor, start);
    if (handle.length > 1 && handle.endsWith('!')) suffix = readTagUri(cursor, start, '');
    else {
      suffix = readTagUri(cursor, start, handle);
      handle = suffix === '' ? '' : '!';
      if (suffix === '') suffix = '!';
    }
  }
  if (!isBlankOrEnd(cursor.code())) cursor.fail('a tag must be followed by a blank', start);
  return token('tag', start, cursor.at, handle, suffix);
}

/** Reads a `%YAML` or `%TAG` line. Source: yaml_parser_scan_directive. */
export function scanDirective(cursor: Cursor): Token {
  const start = cursor.at;
  cursor.skip();
  const name = readWord(cursor);
  if (!isBlankOrEnd(cursor.code())) cursor.fail('a line that begins with % is a directive, and this is none', start);
  let result: Token;
  if (name === 'YAML') {
    cursor.skipBlanks();
    const major = readVersionNumber(cursor, start);
    if (cursor.code() !== 0x2e) cursor.fail('a %YAML directive names a version such as 1.1', start);
    cursor.skip();
    const version = `${major}.${readVersionNumber(cursor, start)}`;
    result = token('version-directive', start, cursor.at, version);
  } else if (name === 'TAG') {
    result = scanTagDirective(cursor, start);
  } else cursor.fail('only %YAML and %TAG are directives; quote a value that begins with %', start);
  cursor.skipBlanks();
  cursor.skipComment();
  if (!isBreakOrEnd(cursor.code())) cursor.fail('only a comment may follow a directive on its line');
  if (isBreak(cursor.code())) cursor.readBreak();
  return result;
}

function scanTagDirective(cursor: Cursor, start: number): Token {
  cursor.skipBlanks();
  const handle = readTagHandle(cursor, start);
  if (handle !== '!' && !(handle.length > 1 && handle.endsWith('!')))
    cursor.fail('a handle in a %TAG directive ends with !', start);
  if (!isBlank(cursor.code())) cursor.fail('a %TAG directive has a blank after its handle', start);
  cursor.skipBlanks();
  const prefix = readTagUri(cursor, start, '');
  if (!isBlankOrEnd(cursor.code())) cursor.fail('a %TAG directive has a blank after its prefix', start);
  return token('tag-directive', start, cursor.at, handle, prefix);
}

function readWord(cursor: Cursor): string {
  const start = cursor.at;
  while (isWord(cursor.code())) cursor.skip();
  return cursor.text.slice(start, cursor.at);
}

function readVersionNumber(cursor: Cursor, start: number): number {
  const from = cursor.at;
  while (isDigit(cursor.code())) cursor.skip();
  const digits = cursor.text.slice(from, cursor.at);
  if (digits === '' || digits.length > 2) cursor.fail('a %YAML directive names a version such as 1.1', start);
  return Number(digits);
}

function readTagHandle(cursor: Cursor, start: number): string {
  if (cursor.code() !== 0x21) cursor.fail('a tag begins with !', start);
  const from = cursor.at;
  cursor.skip();
  while (isWord(cursor.code())) cursor.skip();
  if (cursor.code() === 0x21) cursor.skip();
  return cursor.text.slice(from, cursor.at);
}

/** Reads the rest of a tag; `head` is what was read as a handle and is none: its text after the `!` belongs to the URI. */
function readTagUri(cursor: Cursor, start: number, head: string): string {
  let uri = head.slice(1);
  const from = cursor.at;
  while (isWord(cursor.code()) || uriCharacters.has(cursor.code())) {
    if (cursor.code() === 0x25) uri += readUriEscape(cursor, start);
    else {
      uri += cursor.text.charAt(cursor.at);
      cursor.skip();
    }
  }
  if (head === '' && cursor.at === from) cursor.fail('a tag has no name', start);
  return uri;
}

/** Reads the `%xx` of one UTF-8 sequence. */
function readUriEscape(cursor: Cursor, start: number): string {
  const octets: number[] = [];
  let length = 1;
  while (octets.length < length) {
    const octet = hexDigit(cursor.code(1)) * 16 + hexDigit(cursor.code(2));
    if (cursor.code() !== 0x25 || hexDigit(cursor.code(1)) < 0 || hexDigit(cursor.code(2)) < 0) {
      cursor.fail('a % in a tag is followed by two hexadecimal digits', start);
    }
    if (octets.length === 0)
      length = octet < 0x80 ? 1 : octet < 0xc0 ? 0 : octet < 0xe0 ? 2 : octet < 0xf0 ? 3 : octet < 0xf8 ? 4 : 0;
    else if ((octet & 0xc0) !== 0x80) length = 0;
    if (length === 0) cursor.fail('the % escapes of a tag are no UTF-8', start);
    octets.push(octet);
    cursor.skip(3);
  }
  return new TextDecoder().decode(Uint8Array.from(octets));
}
