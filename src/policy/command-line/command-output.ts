/*
 * Programs whose output the reader can tell from their arguments and input, so that it sees what is piped to a shell.
 * Sources: the manual pages of GNU coreutils, xxd(1), openssl-base64(1), which(1).
 */
import { fromBase64, fromHex } from './decode.ts';
import { unescaped } from './escapes.ts';
import { formatted } from './printf.ts';
import { programName } from './program-names.ts';
import { type ProgramReader, type Run, stopped } from './run.ts';
import { isInputFile, readWholeInput } from './shell-program.ts';
import { runsOfSed } from './sed-scripts.ts';
import { substituted, textFilters } from './text-filters.ts';
import { translated } from './translate.ts';
import { type Text, Words } from './words.ts';

type Output = (run: Run, words: Words, at: number, end: number) => Text;

const echo: Output = (_run, words, at, end) => {
  let from = at;
  let newline = true;
  let plain = false;
  let escapes = false;
  while (from < end && isEchoOption(words.text(from))) {
    const option = words.text(from);
    if (option.includes('n')) newline = false;
    if (option.includes('E')) plain = true;
    if (option.includes('e')) escapes = true;
    from += 1;
  }
  const text = words.joined(from, end);
  const stop = text.indexOf('\\c');
  const read = plain ? text : unescaped(stop < 0 ? text : text.slice(0, stop), false);
  const written = newline && stop < 0 ? `${read}\n` : read;
  // dash reads escapes without being asked, bash does with -e: what either would write stands one after the other.
  return plain || escapes || read === text ? written : `${written}\n${text}\n`;
};

function isEchoOption(word: string): boolean {
  if (word.length < 2 || word.charCodeAt(0) !== 0x2d) return false;
  for (let index = 1; index < word.length; index += 1) {
    if (!'neE'.includes(word.charAt(index))) return false;
  }
  return true;
}

/** The input, or the files named, as far as the command line wrote them. */
const content: Output = (run, words, at, end) => {
  let text = '';
  let files = 0;
  for (let index = at; index < end; index += 1) {
    const path = words.text(index);
    if (path.startsWith('-') && path !== '-') continue;
    files += 1;
    const part = path === '-' || isInputFile(path) ? run.input : run.textAt(path);
    if (part === undefined || !run.reading.affords(part.length, words.origin(index))) return undefined;
    if (run.script !== undefined && run.reading.files.varies(path)) run.script.shell.variations += 1;
    text += part;
  }
  return files === 0 ? run.input : text;
};

/** `tee` hands its input on, and leaves it in files. */
const tee: Output = (run, words, at, end) => {
  for (let index = at; index < end; index += 1) {
    const path = words.text(index);
    if (path.startsWith('-') || run.input === undefined) continue;
    write(run, path, run.input, words.origin(index));
  }
  return run.input;
};

function has(words: Words, at: number, end: number, options: ReadonlySet<string>): boolean {
  for (let index = at; index < end; index += 1) {
    if (options.has(words.text(index))) return true;
  }
  return false;
}

/** Input with whatever options, from a file that the command line wrote, or from the input. */
function decoded(decode: (text: string) => string): Output {
  return (run, words, at, end) => {
    const text = content(run, words, at, end);
    if (text === undefined || !run.reading.affords(text.length, words.origin(at))) return undefined;
    return decode(text);
  };
}

const decodedBase64 = decoded(fromBase64);
const decodedHex = decoded(fromHex);

const decoding: ReadonlySet<string> = new Set(['-d', '-D', '--decode', '-di', '-id']);

const base64: Output = (run, words, at, end) =>
  has(words, at, end, decoding) || words.text(at).startsWith('--d') ? decodedBase64(run, words, at, end) : undefined;

const ofBase64: ReadonlySet<string> = new Set(['base64', '-base64', '-a']);

const openssl: Output = (run, words, at, end) => {
  const decodes = has(words, at, end, ofBase64) && has(words, at, end, decoding);
  return decodes ? decodedBase64(run, words, end, end) : undefined;
};

const reverting: ReadonlySet<string> = new Set(['-r', '-rp', '-pr', '-revert']);
const ofPlainHex: ReadonlySet<string> = new Set(['-p', '-ps', '-rp', '-pr', '-plain', '-postscript']);

/** `xxd -r -p` in any spelling turns hex digits back. */
const xxd: Output = (run, words, at, end) => {
  const decodes = has(words, at, end, reverting) && has(words, at, end, ofPlainHex);
  return decodes ? decodedHex(run, words, at, end) : undefined;
};

const rev: Output = (run) =>
  run.input
    ?.split('\n')
    .map((line) => line.split('').reverse().join(''))
    .join('\n');

const tr: Output = (run, words, at, end) => translated(run.input, words.slice(at, end));

/** `which NAME` prints where a program is; its name stands for the path. */
const which: Output = (_run, words, at, end) => {
  const names = words.slice(at, end).filter((word) => !word.startsWith('-'));
  return names.map((name) => `${name}\n`).join('');
};

const baseName: Output = (_run, words, at, end) => (end - at === 1 ? `${programName(words.text(at))}\n` : undefined);

const nothing: Output = () => '';

/** `cp`, `ln`, `mv` and `install` may give a program another name: the last two operands, behind the values of options. */
const copy: Output = (run, words, at, end) => {
  const operands = words.slice(at, Math.min(end, at + 16)).filter((word) => !word.startsWith('-'));
  const [source, target] = operands.slice(-2);
  if (source !== undefined && target !== undefined) copyAs(run, source, target);
  return '';
};

/** `dd if=SOURCE of=TARGET`. */
const dd: Output = (run, words, at, end) => {
  const operands = words.slice(at, Math.min(end, at + 16));
  const source = operands.find((word) => word.startsWith('if='))?.slice(3);
  const target = operands.find((word) => word.startsWith('of='))?.slice(3);
  if (source !== undefined && target !== undefined) copyAs(run, source, target);
  if (source === undefined && target === undefined) return run.input;
  if (source === undefined && target !== undefined && run.input !== undefined)
    write(run, target, run.input, words.origin(at));
  return '';
};

function write(run: Run, target: string, text: string, word: number): void {
  const path = run.script?.shell.scope.fileAt(target) ?? target;
  if (run.reading.files.feeds(path) && run.script !== undefined) readWholeInput(run.script.shell, text);
  if (run.reading.affords(text.length, word)) run.reading.files.write(path, text);
}

/** Notes the other name that a script, a tool, or a program of many tools is given. */
function copyAs(run: Run, source: string, target: string): void {
  const text = run.textAt(source);
  if (text !== undefined) write(run, target.endsWith('/') ? target + programName(source) : target, text, 0);
  const name = run.reading.files.program(source) ?? programName(source);
  const known = name === 'busybox' || name === 'toybox' || run.reading.tools.classOf.has(name);
  if (!known || target.endsWith('/')) return;
  run.reading.files.copyProgram(target, name);
  // A folder of programs: the bare name runs it too.
  const folder = target.slice(0, target.lastIndexOf('/'));
  if (folder.endsWith('bin')) run.reading.files.copyProgram(programName(target), name);
}

/** `cat PROGRAM > FILE` gives it another name, too. */
export function catAs(run: Run, words: Words, target: string): void {
  if (words.length === 2 && programName(words.text(0)) === 'cat') copyAs(run, words.text(1), target);
}

/** The output of a filter, which reads all of its input: a line may have thousands of them one behind the other. */
function paid(output: Output): Output {
  return (run, words, at, end) => {
    const size = run.input?.length ?? 0;
    return run.reading.affords(size, words.origin(at)) ? output(run, words, at, end) : undefined;
  };
}

/** An output is put together only where somebody asks for it. */
function whenAsked(output: Output): ProgramReader {
  return (run, words, at, end) => {
    if (run.captures) run.output = output(run, words, at, end);
    return stopped;
  };
}

function always(output: Output): ProgramReader {
  return (run, words, at, end) => {
    run.output = output(run, words, at, end);
    return stopped;
  };
}

/** A filter of the input, whose output grows no more than the line can pay for. */
function filtered(filter: (input: string, words: Words) => Text): Output {
  return (run, words, at, end) => {
    if (run.input === undefined || !run.reading.spares(run.input.length)) return undefined;
    const own = new Words();
    own.addFrom(words, at, end);
    const output = filter(run.input, own);
    return output === undefined || !run.reading.spares(output.length) ? undefined : output;
  };
}

const outputOfSed = whenAsked(filtered(substituted));

/** `sed` runs what its script says, whether or not somebody asks for its output. */
const sed: ProgramReader = (run, words, at, end) => {
  runsOfSed(run, words, at, end);
  return outputOfSed(run, words, at, end);
};

/** Programs that write nothing. */
export const silent: ReadonlySet<string> = new Set(
  'true false test [ sleep mkdir rmdir rm chmod chown touch'.split(' '),
);

export const outputs: ReadonlyMap<string, ProgramReader> = new Map<string, ProgramReader>([
  ['echo', whenAsked(echo)],
  [
    'printf',
    whenAsked((run, words, at, end) => formatted(run.reading, words, words.text(at) === '--' ? at + 1 : at, end)),
  ],
  ['cat', whenAsked(content)],
  ['tee', always(tee)],
  ['base64', whenAsked(base64)],
  ['openssl', whenAsked(openssl)],
  ['xxd', whenAsked(xxd)],
  ['rev', whenAsked(paid(rev))],
  ['tr', whenAsked(paid(tr))],
  ['which', whenAsked(which)],
  ['basename', whenAsked(baseName)],
  ['cp', always(copy)],
  ['ln', always(copy)],
  ['mv', always(copy)],
  ['install', always(copy)],
  ['dd', always(dd)],
  ...[...textFilters].map(([name, filter]): [string, ProgramReader] => [name, whenAsked(filtered(filter))]),
  ['sed', sed],
  ...[...silent].map((name): [string, ProgramReader] => [name, whenAsked(nothing)]),
]);
