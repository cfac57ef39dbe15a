/*
 * The command lines of cmd and PowerShell, read for the first word of each command.
 * Sources: Microsoft Learn, "cmd" and "about_pwsh".
 */
import { fromBase64, fromUtf16 } from './decode.ts';
import { windowsName } from './program-names.ts';
import { type ProgramReader, type Run, stopped } from './run.ts';
import type { Words } from './words.ts';

/** Words that stand before the command they run. */
const cmdPrefixes = new Set(['call', 'start', 'cmd']);
const powerShellPrefixes = new Set([
  'start-process',
  'saps',
  'start',
  'invoke-expression',
  'iex',
  'invoke-command',
  'exec',
]);

/** `cmd /c LINE`: options may stand together, in any case. */
export const readCmd: ProgramReader = (run, words, from, end) => {
  for (let at = from; at < end; at += 1) {
    const option = words.text(at).toLowerCase();
    if (!option.startsWith('/')) return stopped;
    if (option.startsWith('/c') || option.startsWith('/k') || option.startsWith('/r')) {
      if (option.length > 2) readLine(run, words.text(at).slice(2), words.origin(at), '&|\n', cmdPrefixes);
      if (at + 1 < end) readLine(run, words.joined(at + 1, end), words.origin(at + 1), '&|\n()', cmdPrefixes);
      return stopped;
    }
  }
  return stopped;
};

/** Options of PowerShell that take a value, besides those that hold a command; any unambiguous beginning will do. */
const valued = [
  'executionpolicy',
  'ep',
  'windowstyle',
  'version',
  'inputformat',
  'outputformat',
  'configurationname',
  'psconsolefile',
  'workingdirectory',
  'custompipename',
  'settingsfile',
];

/** `powershell -Command LINE`, `-EncodedCommand BASE64`, or a line alone. */
export const readPowerShell: ProgramReader = (run, words, from, end) => {
  let at = from;
  while (at < end) {
    const word = words.text(at);
    if (!word.startsWith('-') && !word.startsWith('/')) break;
    const option = word.slice(word.startsWith('--') ? 2 : 1).toLowerCase();
    at += 1;
    if (option === '') break;
    if ('command'.startsWith(option)) break;
    if (option === 'ec' || ('encodedcommand'.startsWith(option) && option.length > 0)) {
      readEncoded(run, words, at, end);
      return stopped;
    }
    if ('file'.startsWith(option)) return stopped;
    if (valued.some((name) => name.startsWith(option))) at += 1;
  }
  if (at < end) readLine(run, words.joined(at, end), words.origin(at), ';|&\n(){}', powerShellPrefixes);
  return stopped;
};

function readEncoded(run: Run, words: Words, at: number, end: number): void {
  if (at >= end || !run.reading.affords(words.text(at).length, words.origin(at))) return;
  readLine(run, fromUtf16(fromBase64(words.text(at))), words.origin(at), ';|&\n(){}', powerShellPrefixes);
}

/** Reads the first word of each command of a line; `separators` stand between commands. */
function readLine(run: Run, line: string, origin: number, separators: string, prefixes: ReadonlySet<string>): void {
  if (!run.reading.affords(line.length, origin)) return;
  let quote = '';
  let word = '';
  let expects = true;
  for (let at = 0; at <= line.length && !run.reading.full; at += 1) {
    const character = at < line.length ? line.charAt(at) : '\n';
    if (quote !== '' && at < line.length) {
      if (character === quote) quote = '';
      else if (expects) word += character;
      continue;
    }
    const separates = separators.includes(character);
    if (separates || character === ' ' || character === '\t') {
      if (expects && word !== '') expects = readName(run, word, origin, prefixes);
      word = '';
      if (separates) expects = true;
    } else if (character === '"' || character === "'") quote = character;
    // cmd's `^` and PowerShell's backquote only protect the character behind them; `@` and `.` stand before a command.
    else if (expects && character !== '^' && character !== '`' && !(word === '' && character === '@'))
      word += character;
  }
}

/** Tells a tool; true where the next word is a command word still. */
function readName(run: Run, word: string, origin: number, prefixes: ReadonlySet<string>): boolean {
  if (word.startsWith('-') || word.startsWith('/') || word === '.') return true;
  const name = windowsName(word.includes(' ') ? (word.trim().split(' ', 1)[0] ?? '') : word);
  const toolClass = run.reading.tools.classOf.get(name);
  if (toolClass !== undefined) run.reading.report(name, toolClass, 'runs', origin);
  return prefixes.has(name);
}
