import { endOfName, isDigit, kindOf, pattern, quoting } from './characters.ts';
import { Cursor, skipNested } from './cursor.ts';
import { addList, addParameter } from './expansions.ts';
import { markGlobs, unknownText } from './markers.ts';
import { edited, lengthOf, listOf, someOf, takesOperand, valueOf, type Parameter } from './parameter-operators.ts';
import type { Shell } from './shell.ts';
import { readDoubleQuoted, readQuoting } from './shell-words.ts';
import { WordBuilder } from './word-builder.ts';

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

/** One `${..}` that is being read, and the word that its value goes to. */
interface Expansion {
  readonly shell: Shell;
  readonly cursor: Cursor;
  readonly builder: WordBuilder;
  readonly quoted: boolean;
  readonly parameter: Parameter;
}

function readWithin(shell: Shell, cursor: Cursor, builder: WordBuilder, quoted: boolean): void {
  const prefix = prefixOf(cursor);
  const written = readName(cursor);
  const name = prefix === '!' ? nameIn(shell, cursor, written) : written;
  const subscript = cursor.code() === 0x5b ? readSubscript(shell, cursor) : undefined;
  const parameter: Parameter = { name, subscript };
  if (prefix !== '#' && subscript === undefined && cursor.code() === 0x7d) {
    cursor.at += 1;
    addParameter(shell, name, builder, quoted);
    return;
  }
  const operator = readOperator(cursor);
  const expansion: Expansion = { shell, cursor, builder, quoted, parameter };
  if (prefix === '#') {
    readText(shell, cursor, quoted);
    builder.addValue(lengthOf(shell, parameter), quoted);
  } else if (alternatives.has(operator)) readAlternative(expansion, operator);
  else if (assigning.has(operator)) readAssigning(expansion, operator);
  else {
    const isPattern = operator.startsWith('#') || operator.startsWith('%');
    const operand = isPattern ? readPattern(shell, cursor) : readText(shell, cursor, quoted && operator !== '/');
    if (operator === '@' && operand === 'P') readPrompt(shell, valueOf(shell, parameter) ?? '');
    addEdited(expansion, operator, operand);
  }
}

/** A prompt is expanded once more, as if it stood in double quotes: what it says is not told, what it runs is. */
export function readPrompt(shell: Shell, value: string): void {
  if (!value.includes('$') && !value.includes('`')) return;
  if (!shell.reading.affords(value.length, shell.origin) || !shell.reading.enter(shell.origin)) return;
  readDoubleQuoted(shell, new Cursor(value), new WordBuilder(shell), false);
  shell.reading.leave();
}

/** `#` asks for the length, `!` for the variable that a variable names. */
function prefixOf(cursor: Cursor): string {
  const character = cursor.text.charAt(cursor.at);
  if (character !== '#' && character !== '!') return '';
  const next = cursor.code(1);
  const named =
    endOfName(cursor.text, cursor.at + 1) > cursor.at + 1 ||
    isDigit(next) ||
    next === 0x40 ||
    next === 0x2a ||
    (character === '!' && next === 0x23);
  if (!named) return '';
  cursor.at += 1;
  return character;
}

/** A name that no variable has, and whose value is out of sight. */
const outOfSight = '?';

/** The name that the variable holds. */
function nameIn(shell: Shell, cursor: Cursor, name: string): string {
  // `${!prefix*}` and `${!array[@]}` list names and indices.
  if (cursor.code() === 0x2a || cursor.code() === 0x40 || cursor.code() === 0x5b) return outOfSight;
  const value = shell.value(name) ?? '';
  const isName = endOfName(value, 0) === value.length || value === '@' || value === '*' || isDigit(value.charCodeAt(0));
  return isName ? value : outOfSight;
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

const alternatives: ReadonlySet<string> = new Set([':-', '-', ':+', '+']);
const assigning: ReadonlySet<string> = new Set([':=', '=']);

const operators = [
  ...[':-', ':=', ':+', ':?', '##', '%%', '//', '/#', '/%', '^^', ',,'],
  ...['-', '=', '+', '?', '#', '%', '/', '^', ',', ':', '@'],
];

function readOperator(cursor: Cursor): string {
  const operator = operators.find((candidate) => cursor.sees(candidate)) ?? '';
  cursor.at += operator.length;
  return operator;
}

/** Reads the word of `-` or `+` as a part of the word around it, from which it goes again where the parameter's own value stands. */
function readAlternative(expansion: Expansion, operator: string): void {
  const { shell, cursor, builder, quoted, parameter } = expansion;
  const takes = takesOperand(shell, parameter, operator);
  const before = builder.mark();
  readOperand(shell, cursor, builder, quoted);
  if (takes) {
    builder.started ||= quoted;
    return;
  }
  builder.comeBack(before);
  if (!operator.endsWith('+')) addEdited(expansion, '', '');
}

function readAssigning({ shell, cursor, builder, quoted, parameter }: Expansion, operator: string): void {
  const takes = takesOperand(shell, parameter, operator);
  const operand = readText(shell, cursor, quoted);
  const value = takes ? operand : valueOf(shell, parameter);
  if (value === undefined) return;
  if (parameter.subscript === undefined) shell.scope.assign(parameter.name, value, true);
  builder.addValue(value, quoted);
}

/** Adds what the operator makes of a value, or of each value of a list. */
function addEdited({ shell, builder, quoted, parameter }: Expansion, operator: string, operand: string): void {
  const { name, subscript } = parameter;
  const isStar = name === '*' || subscript === '*';
  if (!isStar && name !== '@' && subscript !== '@') {
    const value = valueOf(shell, parameter);
    if (value !== undefined) builder.addValue(edited(shell, value, operator, operand), quoted);
    return;
  }
  const list = listOf(shell, parameter);
  const some = list === undefined ? undefined : someOf(shell, parameter, list, operator, operand);
  if (some === undefined) builder.addValue(unknownText, quoted);
  else addList(shell, some, isStar, builder, quoted);
}

/** Reads the rest up to and with the closing brace as one text. */
function readText(shell: Shell, cursor: Cursor, quoted: boolean): string {
  const text = new WordBuilder(shell);
  readOperand(shell, cursor, text, quoted);
  return text.text;
}

/** Reads a word up to and with the closing brace into the word around it. */
function readOperand(shell: Shell, cursor: Cursor, builder: WordBuilder, quoted: boolean): void {
  const { text } = cursor;
  while (cursor.at < text.length) {
    const code = text.charCodeAt(cursor.at);
    if (code === 0x7d) break;
    if (kindOf(code) === quoting && !(quoted && code === 0x27)) readQuoting(shell, cursor, builder, quoted);
    else {
      const end = endOfRun(text, cursor.at);
      builder.addLiteral(text.slice(cursor.at, end), quoted);
      cursor.at = end;
    }
  }
  cursor.at += 1;
}

/** Reads a pattern up to and with the closing brace, its pattern characters as such. */
function readPattern(shell: Shell, cursor: Cursor): string {
  const builder = new WordBuilder(shell);
  const { text } = cursor;
  while (cursor.at < text.length) {
    const code = text.charCodeAt(cursor.at);
    if (code === 0x7d) break;
    const kind = kindOf(code);
    if (kind === quoting) readQuoting(shell, cursor, builder);
    else {
      const end = kind === pattern ? cursor.at + 1 : endOfRun(text, cursor.at);
      builder.add(kind === pattern ? patternOf(text.charAt(cursor.at)) : text.slice(cursor.at, end));
      cursor.at = end;
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
