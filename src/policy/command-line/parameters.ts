import { endOfName, integerOf, isDigit, kindOf, pattern, quoting } from './characters.ts';
import { type Cursor, skipNested } from './cursor.ts';
import { addList, addParameter } from './expansions.ts';
import { indexOfMarker, markGlobs, unknownText } from './markers.ts';
import { applied } from './parameter-operators.ts';
import type { Shell } from './scope.ts';
import { readQuoting } from './shell-words.ts';
import { WordBuilder } from './word-builder.ts';
import { Words } from './words.ts';

/**
 * Reads `${..}` from after the brace and adds its value.
 * Source: POSIX Shell Command Language 2.6.2; bash manual, 3.5.3 Shell Parameter Expansion.
 */
export function readParameter(shell: Shell, cursor: Cursor, builder: WordBuilder, quoted: boolean): void {
  if (!shell.reading.enter(shell.origin)) {
    skipNested(cursor, '{', '}');
    builder.addValue(unknownText, quoted);
    return;
  }
  readWithin(shell, cursor, builder, quoted);
  shell.reading.leave();
}

function readWithin(shell: Shell, cursor: Cursor, builder: WordBuilder, quoted: boolean): void {
  const prefix = prefixOf(cursor);
  let name = readName(cursor);
  if (prefix === '!' && name !== '') name = shell.value(name) ?? '';
  const subscript = cursor.code() === 0x5b ? readSubscript(shell, cursor) : undefined;
  if (prefix !== '#' && subscript === undefined && cursor.code() === 0x7d) {
    cursor.at += 1;
    addParameter(shell, name, builder, quoted);
    return;
  }
  const operator = readOperator(cursor);
  const removes = operator.startsWith('#') || operator.startsWith('%');
  const operand = readOperand(shell, cursor, quoted, removes);
  if (prefix === '#') {
    const value = valueOf(shell, name, subscript);
    builder.addValue(
      value === undefined || indexOfMarker(value) < 0 ? String(value?.length ?? 0) : unknownText,
      quoted,
    );
    return;
  }
  if (isList(name, subscript) && addSome(shell, { name, subscript }, { operator, operand }, builder, quoted)) return;
  const value = applied(shell, name, valueOf(shell, name, subscript), operator, operand);
  if (value !== undefined) builder.addValue(value, quoted);
}

/** `#` asks for the length, `!` for the variable that a variable names. */
function prefixOf(cursor: Cursor): string {
  const character = cursor.text.charAt(cursor.at);
  if (character !== '#' && character !== '!') return '';
  const next = cursor.code(1);
  const named =
    endOfName(cursor.text, cursor.at + 1) > cursor.at + 1 || isDigit(next) || next === 0x40 || next === 0x2a;
  if (!named) return '';
  cursor.at += 1;
  return character;
}

function readName(cursor: Cursor): string {
  const from = cursor.at;
  let end = endOfName(cursor.text, from);
  if (end === from) {
    while (isDigit(cursor.text.charCodeAt(end))) end += 1;
  }
  if (end === from && '@*#?-$!'.includes(cursor.text.charAt(from))) end = from + 1;
  cursor.at = end;
  return cursor.text.slice(from, end);
}

/** Reads `[..]`: what stands between. */
export function readSubscript(shell: Shell, cursor: Cursor): string {
  cursor.at += 1;
  const subscript = new WordBuilder(shell);
  const { text } = cursor;
  while (cursor.at < text.length && text.charCodeAt(cursor.at) !== 0x5d) {
    const kind = kindOf(text.charCodeAt(cursor.at));
    if (kind === quoting) readQuoting(shell, cursor, subscript);
    else {
      subscript.add(text.charAt(cursor.at));
      cursor.at += 1;
    }
  }
  cursor.at += 1;
  return subscript.text;
}

const operators = [
  ':-',
  ':=',
  ':+',
  ':?',
  '##',
  '%%',
  '//',
  '/#',
  '/%',
  '^^',
  ',,',
  '-',
  '=',
  '+',
  '?',
  '#',
  '%',
  '/',
  '^',
  ',',
  ':',
  '@',
];

function readOperator(cursor: Cursor): string {
  const operator = operators.find((candidate) => cursor.sees(candidate)) ?? '';
  cursor.at += operator.length;
  return operator;
}

/** Reads the word after the operator up to and with the closing brace; a pattern keeps its pattern characters as such. */
function readOperand(shell: Shell, cursor: Cursor, quoted: boolean, isPattern: boolean): string {
  const builder = new WordBuilder(shell);
  const { text } = cursor;
  while (cursor.at < text.length) {
    const code = text.charCodeAt(cursor.at);
    if (code === 0x7d) break;
    const kind = kindOf(code);
    if (kind === quoting && !(quoted && code === 0x27 && !isPattern)) readQuoting(shell, cursor, builder);
    else {
      const end = endOfRun(text, cursor.at);
      builder.add(isPattern && kind === pattern ? patternOf(text.charAt(cursor.at)) : text.slice(cursor.at, end));
      cursor.at = isPattern && kind === pattern ? cursor.at + 1 : end;
    }
  }
  cursor.at += 1;
  return builder.text;
}

function endOfRun(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text.charCodeAt(end) !== 0x7d) {
    const kind = kindOf(text.charCodeAt(end));
    if (kind === quoting || kind === pattern) break;
    end += 1;
  }
  return end;
}

function patternOf(character: string): string {
  return character === '{' ? character : markGlobs(character === '[' ? '[]' : character);
}

function isList(name: string, subscript: string | undefined): boolean {
  return name === '@' || name === '*' || subscript === '@' || subscript === '*';
}

/** Adds values of `$@` or of an array; false where the operator is none that lists bear, or the list is empty. */
function addSome(
  shell: Shell,
  { name, subscript }: { readonly name: string; readonly subscript: string | undefined },
  { operator, operand }: { readonly operator: string; readonly operand: string },
  builder: WordBuilder,
  quoted: boolean,
): boolean {
  const isStar = name === '*' || subscript === '*';
  if (name !== '@' && name !== '*') {
    const arrays = shell.scope.find(name)?.arrays;
    const elements = arrays === undefined ? undefined : shell.choose(arrays);
    if (elements === undefined || operator !== '') return false;
    if (!shell.reading.affordsWords(elements.length, shell.origin)) return true;
    addList(shell, new Words([...elements], shell.origin), isStar, builder, quoted);
    return true;
  }
  const values = shell.positionals();
  if (values === undefined) return false;
  if (operator === ':') {
    const from = integerOf(operand.trim());
    if (from === undefined || from < 1) return false;
    if (!shell.reading.affordsWords(values.length, shell.origin)) return true;
    const rest = new Words();
    rest.addFrom(values, from - 1, values.length);
    addList(shell, rest, isStar, builder, quoted);
    return true;
  }
  if (values.length === 0 || !['-', ':-', '='].includes(operator)) return false;
  addList(shell, values, isStar, builder, quoted);
  return true;
}

function valueOf(shell: Shell, name: string, subscript: string | undefined): string | undefined {
  if (name === '@' || name === '*') {
    const values = shell.positionals();
    if (values === undefined) return unknownText;
    if (values.length === 0) return undefined;
    const affordable = shell.reading.affordsWords(values.length, shell.origin);
    return affordable ? values.joined(0, values.length, shell.separators().first) : unknownText;
  }
  if (subscript === undefined) return shell.value(name);
  const variable = shell.scope.find(name);
  if (variable === undefined) return undefined;
  const index = integerOf(subscript);
  if (variable.arrays === undefined || index === undefined) return index === 0 ? shell.value(name) : unknownText;
  return shell.choose(variable.arrays)?.at(index);
}
