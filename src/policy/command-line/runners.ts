/*
 * Programs that run other words than those right behind their options: a command line for a shell, a part of their
 * arguments, or their input.
 * Sources: util-linux script(1), su(1), runuser(1), flock(1); procps watch(1); findutils find(1), xargs(1); GNU parallel(1);
 * iproute2 ip-netns(8); libcap capsh(1); dpkg start-stop-daemon(8).
 */
import { readCommand } from './commands.ts';
import { afterOptions, Options, optionShape, type OptionShape } from './options.ts';
import { type ProgramReader, type Run, stopped } from './run.ts';
import { readFind, readParallel } from './operand-runners.ts';
import { readShell, readShellText } from './shell-program.ts';
import { oneWord, Words } from './words.ts';
import { readXargs } from './xargs.ts';

/** Reads a part of the words as a command of its own. */
export function readPart(run: Run, words: Words, from: number, end: number): void {
  if (from >= end || !run.reading.affordsWords(end - from, words.origin(from))) return;
  if (!run.reading.enter(words.origin(from))) return;
  readCommand(run, words, from, end);
  run.reading.leave();
}

const watchShape = optionShape('nq', 'interval equexit');

/** `watch` joins its words into a command line for sh; with `-x` it runs them. */
const readWatch: ProgramReader = (run, words, from, end) => {
  const options = new Options(words, from, end, watchShape);
  let direct = false;
  while (options.next()) direct ||= options.name === 'x' || options.name === 'exec';
  if (direct) return options.at;
  if (options.at < end) readShellText(run, words.joined(options.at, end), words.origin(options.at));
  return stopped;
};

/** A program that takes a command line by `-c`, wherever it stands among the operands. */
function readCommandOption(run: Run, words: Words, from: number, end: number, shape: OptionShape): Options {
  let options = new Options(words, from, end, shape);
  for (;;) {
    while (options.next()) {
      const { name, value, valueAt } = options;
      if (value === undefined) continue;
      if (name === 'c' || name === 'command' || name === 'session-command')
        readShellText(run, value, words.origin(valueAt));
      else if ((name === 's' || name === 'shell') && shape === suShape) readPart(run, words, valueAt, valueAt + 1);
    }
    if (options.dashes || options.at >= end) return options;
    options = new Options(words, options.at + 1, end, shape);
  }
}

const suShape = optionShape(
  'cCgGsuwT',
  'command session-command group supp-group shell user whitelist-environment pty-user',
  ['pty', 'login', 'fast'],
);
const scriptShape = optionShape(
  'cEIOBTmo',
  'command echo log-in log-out log-io log-timing logging-format output-limit',
);

/** `su USER -c 'LINE'`: what stands behind `--` goes to the user's shell. */
const readSu: ProgramReader = (run, words, from, end) => {
  const options = readCommandOption(run, words, from, end, suShape);
  if (options.dashes && options.at < end) readShell(run, words, options.at, end);
  return stopped;
};

/** `runuser -u USER COMMAND` runs it; without `-u` it is `su`. */
const readRunuser: ProgramReader = (run, words, from, end) => {
  const options = new Options(words, from, end, suShape);
  let direct = false;
  while (options.next()) direct ||= options.name === 'u' || options.name === 'user';
  return direct ? options.at : readSu(run, words, from, end);
};

/** `script -c 'LINE' FILE`, `script FILE -- COMMAND`. */
const readScriptProgram: ProgramReader = (run, words, from, end) => {
  const options = readCommandOption(run, words, from, end, scriptShape);
  return options.dashes ? options.at : stopped;
};

const flockShape = optionShape('wE', 'timeout wait conflict-exit-code');

/** `flock FILE COMMAND` and `flock FILE -c 'LINE'`. */
const readFlock: ProgramReader = (run, words, from, end) => {
  const at = afterOptions(words, from, end, flockShape) + 1;
  const option = words.text(at);
  if (option !== '-c' && option !== '--command') return at;
  if (at + 1 < end) readShellText(run, words.text(at + 1), words.origin(at + 1));
  return stopped;
};

/** `sg GROUP -c 'LINE'` and `sg GROUP 'LINE'`. */
const readSg: ProgramReader = (run, words, from, end) => {
  const at = words.text(from + 1) === '-c' ? from + 2 : from + 1;
  if (at < end) readShellText(run, words.text(at), words.origin(at));
  return stopped;
};

/** `ip netns exec NAME COMMAND`, `ip vrf exec NAME COMMAND`; every other `ip` runs nothing. */
const readIp: ProgramReader = (_run, words, from, end) => {
  let at = from;
  let all = false;
  while (at < end && words.text(at).startsWith('-')) {
    const option = words.text(at);
    all ||= option === '-all' || option === '-a';
    at += ['-n', '-netns', '-f', '-family', '-b', '-batch', '-rc', '-rcvbuf'].includes(option) ? 2 : 1;
  }
  const object = words.text(at);
  const isNamespace = (object.length >= 4 && 'netns'.startsWith(object)) || object === 'vrf';
  if (!isNamespace || !'exec'.startsWith(words.text(at + 1) || 'x')) return stopped;
  return at + (all ? 2 : 3);
};

/** What stands behind `--` goes to bash, or to the shell named. */
const readCapsh: ProgramReader = (run, words, from, end) => {
  let shell = -1;
  for (let at = from; at < end; at += 1) {
    const word = words.text(at);
    if (word.startsWith('--shell=')) shell = at;
    // `==` starts capsh again with the arguments behind it.
    if (word !== '--' && word !== '-+') continue;
    if (shell < 0) return readShell(run, words, at + 1, end);
    const all = new Words();
    all.add(words.text(shell).slice('--shell='.length), words.origin(shell));
    all.addFrom(words, at + 1, end);
    readPart(run, all, 0, all.length);
    return stopped;
  }
  return stopped;
};

const daemonShape = optionShape(
  'xapnucgrkKRNIPUdsm',
  'exec startas pidfile name user chuid group chroot chdir nicelevel umask signal',
  ['start', 'stop', 'status'],
);

/** `start-stop-daemon --start --exec PROGRAM -- ARGUMENTS`; `--startas` names another one to start. */
const readStartStopDaemon: ProgramReader = (run, words, from, end) => {
  const options = new Options(words, from, end, daemonShape);
  let program: Words | undefined;
  while (options.next()) {
    const { name, value } = options;
    if (['K', 'stop', 'T', 'status'].includes(name)) return stopped;
    if (value === undefined) continue;
    if (name === 'a' || name === 'startas') program = oneWord(value, words.origin(options.valueAt));
    else if (name === 'x' || name === 'exec') program ??= oneWord(value, words.origin(options.valueAt));
  }
  if (program === undefined) return stopped;
  program.addFrom(words, options.at, end);
  readPart(run, program, 0, program.length);
  return stopped;
};

/** `execlineb -c 'LINE'`: its first word is the command. */
const readExecline: ProgramReader = (run, words, from, end) => {
  const options = new Options(words, from, end, optionShape('cS'));
  while (options.next()) {
    if (options.name === 'c' && options.value !== undefined) {
      readShellText(run, options.value, words.origin(options.valueAt));
    }
  }
  return stopped;
};

export const runners: ReadonlyMap<string, ProgramReader> = new Map<string, ProgramReader>([
  ['watch', readWatch],
  ['script', readScriptProgram],
  ['su', readSu],
  ['runuser', readRunuser],
  ['flock', readFlock],
  ['sg', readSg],
  ['ip', readIp],
  ['capsh', readCapsh],
  ['start-stop-daemon', readStartStopDaemon],
  ['execlineb', readExecline],
  ['find', readFind],
  ['xargs', readXargs],
  ['parallel', readParallel],
]);
