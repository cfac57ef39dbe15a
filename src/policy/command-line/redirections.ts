import { endOfName, isDigit, kindOf, newline, operator } from './characters.ts';
import type { Cursor } from './cursor.ts';
import { readSubstitution } from './expansions.ts';
import type { SimpleCommand } from './frames.ts';
import type { Script } from './script.ts';
import type { Shell } from './shell.ts';
import { emptyFile } from './judge.ts';
import { descriptorPath, plainDescriptor, standardError, standardInput, standardOutput } from './paths.ts';
import { readValue } from './shell-words.ts';

/** Index of the operator of the redirection that starts here; -1 where none does. */
function operatorOf(cursor: Cursor): number {
  const { text } = cursor;
  let at = cursor.at;
  const code = text.charCodeAt(at);
  if (code === 0x26) return text.charCodeAt(at + 1) === 0x3e ? at : -1;
  if (isDigit(code)) {
    while (isDigit(text.charCodeAt(at))) at += 1;
  } else if (code === 0x7b) {
    at = endOfName(text, at + 1);
    if (at === cursor.at + 1 || text.charCodeAt(at) !== 0x7d) return -1;
    at += 1;
  }
  const symbol = text.charCodeAt(at);
  if (symbol !== 0x3c && symbol !== 0x3e) return -1;
  return at === cursor.at && startsProcessSubstitution(cursor) ? -1 : at;
}

/** Whether a redirection or a process substitution may start with this character. */
export function mayRedirect(code: number): boolean {
  return code === 0x3c || code === 0x3e || code === 0x26 || code === 0x7b || isDigit(code);
}

export function startsRedirection(cursor: Cursor): boolean {
  return mayRedirect(cursor.code()) && operatorOf(cursor) >= 0;
}

export function startsProcessSubstitution(cursor: Cursor): boolean {
  const code = cursor.code();
  return (code === 0x3c || code === 0x3e) && cursor.code(1) === 0x28;
}

/** Reads `<(..)` or `>(..)`: the name of a file that holds what the commands write, or that they read. */
export function readProcessSubstitution(shell: Shell, cursor: Cursor): string {
  const isInput = cursor.code() === 0x3e;
  const { files } = shell.reading;
  const { unfedShells } = shell;
  cursor.at += 2;
  const output = readSubstitution(shell, cursor);
  const path = files.substitute(isInput ? undefined : output);
  if (isInput && shell.unfedShells > unfedShells) files.feed(path);
  return path;
}

const operators = ['<<<', '<<-', '<<', '<&', '<>', '<', '&>>', '&>', '>>', '>&', '>|', '>'];

/** Reads the redirection at the cursor into the command that it belongs to. */
export function readRedirection(script: Script, command: SimpleCommand): void {
  const { cursor, shell } = script;
  const start = cursor.at;
  cursor.at = operatorOf(cursor);
  const number = cursor.text.slice(start, cursor.at);
  const symbol = operators.find((candidate) => cursor.sees(candidate)) ?? '<';
  cursor.at += symbol.length;
  script.skipBlanks();
  if (symbol === '<<' || symbol === '<<-') {
    const document = script.documents.expect(cursor, symbol === '<<-');
    command.hereDocument = document;
    if (number !== '' && number !== '0') command.hereDescriptor = number;
    else command.redirectsInput = true;
    return;
  }
  const target = readTarget(shell, cursor);
  if (symbol !== '<<<') reportDevice(shell, target);
  if (symbol.startsWith('<')) redirectInput(shell, command, number, symbol, target);
  else redirectOutput(script, command, number, symbol, target);
}

function redirectOutput(script: Script, command: SimpleCommand, number: string, symbol: string, target: string): void {
  const { scope } = script.shell;
  const isDescriptor = symbol === '>&' && (isDigit(target.charCodeAt(0)) || target === '-');
  const path = isDescriptor ? descriptorPath(target) : plainDescriptor(target);
  // Descriptors lead to what the redirections before this one made of them.
  const before = path === standardOutput ? command.outputFile : path === standardError ? command.errorFile : undefined;
  const file = before ?? scope.fileAt(path);
  if (number === '2') {
    command.errorFile = file;
    return;
  }
  if (number !== '' && number !== '1') {
    scope.redirect(descriptorPath(number), { file });
    if (!isDescriptor && !symbol.endsWith('>>')) emptyFile(script, file);
  } else if (!isDescriptor || target !== '1') {
    command.outputFile = file;
    command.appends = symbol.endsWith('>>') || file !== target;
    // `&>` and, where no number stands behind it, `>&` take both.
    if (symbol.startsWith('&') || (symbol === '>&' && !isDescriptor && number === '')) command.errorFile = file;
  }
}

function readTarget(shell: Shell, cursor: Cursor): string {
  if (startsProcessSubstitution(cursor)) return readProcessSubstitution(shell, cursor);
  const kind = kindOf(cursor.code());
  return kind === newline || kind === operator ? '' : readValue(shell, cursor);
}

function redirectInput(shell: Shell, command: SimpleCommand, number: string, symbol: string, target: string): void {
  const { scope } = shell;
  const path = symbol === '<&' ? descriptorPath(target) : plainDescriptor(target);
  const text = symbol === '<<<' ? `${target}\n` : scope.textAt(path);
  if (number !== '' && number !== '0') {
    if (text !== undefined) scope.redirect(descriptorPath(number), { text });
    return;
  }
  if (path === standardInput) return;
  command.redirectsInput = true;
  command.hereDocument = undefined;
  command.input = text;
  if (shell.reading.files.varies(path)) shell.variations += 1;
}

/** bash opens a connection for a redirection to these names. Source: bash manual, 3.6 Redirections. */
function reportDevice(shell: Shell, target: string): void {
  if (!target.startsWith('/dev/')) return;
  if (target.startsWith('/dev/tcp/')) shell.reading.report('/dev/tcp', '', 'device', shell.origin);
  else if (target.startsWith('/dev/udp/')) shell.reading.report('/dev/udp', '', 'device', shell.origin);
}
