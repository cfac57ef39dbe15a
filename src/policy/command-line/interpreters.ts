/*
 * Inline programs of interpreters: a string literal that starts with a tool's name may be run, so it is told, for reports.
 * Sources: python(1), perlrun(1), ruby(1), node(1), php(1), lua(1), gawk(1), tclsh(1).
 */
import { parameterText } from './markers.ts';
import { Options, optionShape, type OptionShape } from './options.ts';
import { programName } from './program-names.ts';
import { type ProgramReader, type Run, stopped } from './run.ts';

const backslash = 0x5c;
const backquote = 0x60;

/** An interpreter whose inline program is the value of one of these options. */
function inline(shape: OptionShape, options: readonly string[]): ProgramReader {
  return (run, words, from, end) => {
    const read = new Options(words, from, end, shape);
    let isInline = false;
    while (read.next()) {
      if (read.value === undefined || !options.includes(read.name)) continue;
      isInline = true;
      readLiterals(run, read.value, words.origin(read.valueAt));
      // What stands behind python's -c goes to the program.
      if (read.name === 'c') return stopped;
    }
    if (isInline) return stopped;
    const readsInput = read.at >= end || words.text(read.at) === '-';
    const program = readsInput ? run.input : run.textAt(words.text(read.at));
    if (program !== undefined) readLiterals(run, program, words.origin(readsInput ? from - 1 : read.at));
    return stopped;
  };
}

/** Tells each literal whose first word is a tool; `mayRun` looks at what stands around it. */
function readLiterals(run: Run, program: string, word: number, mayRun?: (start: number, end: number) => boolean): void {
  const { reading } = run;
  if (!reading.affords(program.length, word)) return;
  if (program.includes(parameterText)) reading.expandedNames += 1;
  let at = 0;
  while (at < program.length && !reading.full) {
    const code = program.charCodeAt(at);
    if (code !== 0x22 && code !== 0x27 && code !== backquote) {
      at += code === backslash ? 2 : 1;
      continue;
    }
    const start = at + 1;
    let end = start;
    while (end < program.length && program.charCodeAt(end) !== code)
      end += program.charCodeAt(end) === backslash ? 2 : 1;
    at = end + 1;
    if (end > start && (mayRun === undefined || mayRun(start - 1, end))) readLiteral(run, program, start, end, word);
  }
}

/** Longest path of a program that a literal may start with. */
const maxWord = 256;

function readLiteral(run: Run, program: string, start: number, end: number, word: number): void {
  let from = start;
  while (from < end && isBlank(program.charCodeAt(from))) from += 1;
  let to = from;
  while (to < end && to - from < maxWord && !isBlank(program.charCodeAt(to))) to += 1;
  const name = programName(program.slice(from, to));
  const toolClass = run.reading.tools.classOf.get(name);
  if (toolClass !== undefined) run.reading.report(name, toolClass, 'mentions', word);
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

const awkShape = optionShape('Fvfibel', 'field-separator assign file include source load');

/** awk runs a literal only in `system("..")` and beside a `|`. */
const readAwk: ProgramReader = (run, words, from, end) => {
  const options = new Options(words, from, end, awkShape);
  let file = false;
  while (options.next()) file ||= options.name === 'f' || options.name === 'file';
  if (file || options.at >= end) return stopped;
  const program = words.text(options.at);
  readLiterals(run, program, words.origin(options.at), (start, close) => runsInAwk(program, start, close));
  return stopped;
};

function runsInAwk(program: string, start: number, close: number): boolean {
  let before = start - 1;
  while (before >= 0 && isBlank(program.charCodeAt(before)) && start - before < maxWord) before -= 1;
  if (program.charAt(before) === '|' && program.charAt(before - 1) !== '|') return true;
  if (program.charAt(before) === '(') {
    let end = before;
    while (end > 0 && isBlank(program.charCodeAt(end - 1)) && before - end < maxWord) end -= 1;
    if (program.slice(Math.max(0, end - 6), end) === 'system') return true;
  }
  let after = close + 1;
  while (isBlank(program.charCodeAt(after)) && after - close < maxWord) after += 1;
  return program.charAt(after) === '|' && program.charAt(after + 1) !== '|';
}

const python = inline(optionShape('cWXm', 'check-hash-based-pycs'), ['c']);
const perl = inline(optionShape('eEIMmFxi', ''), ['e', 'E']);
const ruby = inline(optionShape('eIrCEFKTx', 'encoding external-encoding'), ['e']);
const node = inline(optionShape('eprCi', 'eval print require import'), ['e', 'p', 'eval', 'print']);
const php = inline(optionShape('rBREFcdfzS', 'run process-begin process-code process-end define file'), [
  'r',
  'B',
  'R',
  'E',
  'run',
]);
const lua = inline(optionShape('el'), ['e']);

/** `deno eval PROGRAM`, `expect -c PROGRAM`. */
const deno: ProgramReader = (run, words, from, end) => {
  if (words.text(from) === 'eval' && from + 1 < end) readLiterals(run, words.text(end - 1), words.origin(end - 1));
  return stopped;
};

export const interpreters: ReadonlyMap<string, ProgramReader> = new Map<string, ProgramReader>([
  ['python', python],
  ['pypy', python],
  ['perl', perl],
  ['ruby', ruby],
  ['node', node],
  ['nodejs', node],
  ['bun', node],
  ['deno', deno],
  ['php', php],
  ['lua', lua],
  ['luajit', lua],
  ['awk', readAwk],
  ['gawk', readAwk],
  ['mawk', readAwk],
  ['nawk', readAwk],
]);
