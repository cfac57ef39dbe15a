/* Programs that put words of their own finding into the command that they run. */
import { unknownText } from './markers.ts';
import { Options, optionShape } from './options.ts';
import { readPart } from './runners.ts';
import { type ProgramReader, type Run, stopped } from './run.ts';
import { readShellText } from './shell-program.ts';
import { Words } from './words.ts';

const findActions: ReadonlySet<string> = new Set(['-exec', '-execdir', '-ok', '-okdir']);

/** `find .. -exec COMMAND ;`, where `{}` is a file from out of sight. */
export const readFind: ProgramReader = (run, words, from, end) => {
  let at = from;
  while (at < end) {
    if (!findActions.has(words.text(at))) {
      at += 1;
      continue;
    }
    const start = at + 1;
    at = start;
    while (at < end && words.text(at) !== ';' && !(words.text(at) === '+' && words.text(at - 1) === '{}')) at += 1;
    readFilled(run, words, start, at, '{}', unknownText);
  }
  return stopped;
};

/** Reads the command with `placeholder` replaced wherever it stands. */
export function readFilled(
  run: Run,
  words: Words,
  from: number,
  end: number,
  placeholder: string,
  value: string,
): void {
  if (!run.reading.affordsWords(end - from, words.origin(from))) return;
  const filled = new Words();
  for (let index = from; index < end; index += 1) {
    const text = words.text(index);
    const found = placeholder !== '' && text.includes(placeholder);
    if (found && !run.reading.affords(text.length + value.length, words.origin(index))) return;
    filled.add(found ? text.replace(placeholder, () => value) : text, words.origin(index));
  }
  readPart(run, filled, 0, filled.length);
}

const parallelShape = optionShape(
  'jPnNLIaSdEsTCk',
  'jobs max-procs max-args max-replace-args max-lines arg-file sshlogin delimiter colsep timeout retries joblog results ' +
    'tmpdir workdir basefile delay load memfree nice tagstring halt',
  ['tag'],
);

function isSource(word: string): boolean {
  return word.startsWith(':::');
}

/** `parallel COMMAND ::: ARGUMENTS` and `parallel ::: LINES`; each is a command line for a shell. */
export const readParallel: ProgramReader = (run, words, from, end) => {
  const options = new Options(words, from, end, parallelShape);
  while (options.next());
  let source = options.at;
  while (source < end && !isSource(words.text(source)) && words.text(source) !== '--') source += 1;
  if (source > options.at && !options.dashes) {
    readShellText(run, words.joined(options.at, source), words.origin(options.at));
  }
  const lines = source === options.at || options.dashes;
  for (let at = options.dashes ? options.at : source + 1; at < end && lines && !run.reading.full; at += 1) {
    if (!isSource(words.text(at))) readShellText(run, words.text(at), words.origin(at));
  }
  if (options.at >= end && run.input !== undefined) readShellText(run, run.input, words.origin(from - 1));
  return stopped;
};
