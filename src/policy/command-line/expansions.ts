import { endOfName, isDigit } from './characters.ts';
import { Cursor, skipNested } from './cursor.ts';
import { parameterText, unknownText } from './markers.ts';
import { readParameter } from './parameters.ts';
import type { Shell } from './shell.ts';
import { joinedValues } from './values.ts';
import { readScript } from './script.ts';
import { readDoubleQuoted } from './shell-words.ts';
import { WordBuilder } from './word-builder.ts';
import type { Text, Words } from './words.ts';

/** Reads what a `$` starts: a parameter, `${..}`, `$(..)`, `$((..))`, or a lone dollar. */
export function readDollar(shell: Shell, cursor: Cursor, builder: WordBuilder, quoted: boolean): void {
  const next = cursor.code(1);
  if (next === 0x28) {
    cursor.at += 2;
    if (cursor.code() === 0x28 && readArithmetic(shell, cursor)) builder.addValue(unknownText, quoted);
    else builder.addValue(outputText(readSubstitution(shell, cursor)), quoted);
    return;
  }
  if (next === 0x7b) {
    cursor.at += 2;
    readParameter(shell, cursor, builder, quoted);
    return;
  }
  const from = cursor.at + 1;
  let end = endOfName(cursor.text, from);
  if (end === from && (isDigit(next) || '@*#?-$!'.includes(cursor.text.charAt(from)))) end = from + 1;
  if (end === from || from >= cursor.text.length) {
    cursor.at = from;
    builder.add('$');
    return;
  }
  cursor.at = end;
  addParameter(shell, cursor.text.slice(from, end), builder, quoted);
}

/** Adds the value of a parameter without operators. */
export function addParameter(shell: Shell, name: string, builder: WordBuilder, quoted: boolean): void {
  if (name === '@' || name === '*') {
    const values = shell.positionals();
    if (values === undefined) builder.addValue(parameterText, quoted);
    else addList(shell, values, name === '*', builder, quoted);
    return;
  }
  const value = shell.value(name);
  const index = isDigit(name.charCodeAt(0)) ? Number(name) : 0;
  const words = name === '0' ? shell.scope.program : index > 0 ? shell.positionals() : undefined;
  if (value !== undefined) builder.addValue(value, quoted, words?.origin(name === '0' ? 0 : index - 1));
}

/** Adds all parameters, or all elements of an array: each a word of its own, or, as `"$*"` and where no words are made, one text. */
export function addList(shell: Shell, values: Words, isStar: boolean, builder: WordBuilder, quoted: boolean): void {
  if (builder.splits && !(isStar && quoted)) {
    builder.addEach(values, quoted);
    return;
  }
  const { first } = shell.separators();
  // bash has a blank in a here-document, and in the place of `$@` everywhere; dash has what stands in IFS.
  const differs = first !== ' ' && values.length > 1 && (builder.isDocument || !isStar);
  // Each twice: the parameters themselves may be those of before a branch, or those of after it.
  const tried = differs ? shell.choose([first, ' ', first, ' ']) : undefined;
  builder.addJoined(values, tried ?? first);
}

/** What an expansion makes of output: its trailing newlines go. */
function outputText(output: Text): string {
  if (output === undefined) return unknownText;
  let end = output.length;
  while (end > 0 && output.charCodeAt(end - 1) === 0x0a) end -= 1;
  return output.slice(0, end);
}

/** Reads the script up to its closing parenthesis, from after the opening one, and returns its output. */
export function readSubstitution(shell: Shell, cursor: Cursor): Text {
  if (!shell.reading.enter(shell.origin)) {
    skipNested(cursor, '(', ')');
    return undefined;
  }
  const output = captured(shell, cursor, true);
  shell.reading.leave();
  return output;
}

/** Output of a script in a copy of the shell; of several that it may have, the one to be tried. */
function captured(shell: Shell, cursor: Cursor, closes: boolean): Text {
  const { variations } = shell;
  const output = readScript(shell, cursor, { closes, captures: true, input: undefined, subshell: true });
  return shell.variations > variations && output !== undefined ? shell.choose(outputsOf(output)) : output;
}

/** More lines than this, of a command that was read with several values, are not told apart. */
const maxLines = 4;

/** What a command that was read with several values may have written: all of it, or one line. */
function outputsOf(output: string): readonly string[] {
  const lines = (output.endsWith('\n') ? output.slice(0, -1) : output).split('\n', maxLines + 1);
  return lines.length > maxLines ? [unknownText] : joinedValues([output], lines);
}

/** Reads a script between backquotes. */
export function readBackquotes(shell: Shell, cursor: Cursor, builder: WordBuilder, quoted: boolean): void {
  const { text } = cursor;
  let script = '';
  let from = cursor.at + 1;
  let at = from;
  while (at < text.length && text.charCodeAt(at) !== 0x60) {
    if (text.charCodeAt(at) !== 0x5c) {
      at += 1;
      continue;
    }
    const next = text.charAt(at + 1);
    const protects = next === '`' || next === '\\' || next === '$' || (quoted && next === '"');
    if (protects) {
      script += text.slice(from, at);
      from = at + 1;
    }
    at += 2;
  }
  script += text.slice(from, at);
  cursor.at = Math.min(at + 1, text.length);
  builder.addValue(outputText(readInner(shell, script)), quoted);
}

/** Reads a script that was made from other text, in the same scope. */
function readInner(shell: Shell, script: string): Text {
  if (!shell.reading.affords(script.length, shell.origin) || !shell.reading.enter(shell.origin)) return undefined;
  const output = captured(shell, new Cursor(script), false);
  shell.reading.leave();
  return output;
}

/**
 * Reads an arithmetic expression from its second opening parenthesis to its two closing ones; false, with the cursor
 * back, for what is a subshell in a substitution after all. Only substitutions inside run anything.
 */
export function readArithmetic(shell: Shell, cursor: Cursor): boolean {
  const start = cursor.at;
  const told = shell.reading.hits.length;
  if (!shell.reading.enter(shell.origin)) return false;
  cursor.at += 1;
  const closed = readExpression(shell, cursor);
  shell.reading.leave();
  // Unclosed, it is an error of the author, and no shell runs it.
  if (closed || cursor.ended || !shell.reading.affords(cursor.at - start, shell.origin)) return true;
  cursor.at = start;
  shell.reading.takeBack(told);
  return false;
}

function readExpression(shell: Shell, cursor: Cursor): boolean {
  const ignored = new WordBuilder(shell);
  let depth = 0;
  while (!cursor.ended) {
    const code = cursor.code();
    if (code === 0x24) readDollar(shell, cursor, ignored, true);
    else if (code === 0x60) readBackquotes(shell, cursor, ignored, true);
    else if (code === 0x22) {
      cursor.at += 1;
      readDoubleQuoted(shell, cursor, ignored, true);
    } else {
      cursor.at += code === 0x5c ? 2 : 1;
      if (code === 0x28) depth += 1;
      else if (code === 0x29 && depth > 0) depth -= 1;
      else if (code === 0x29) {
        if (cursor.code() !== 0x29) return false;
        cursor.at += 1;
        return true;
      }
    }
  }
  return false;
}
