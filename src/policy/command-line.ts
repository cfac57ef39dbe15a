/*
 * Reads command lines for the network tools that they run or install: as the kubelet, the shells and the programs on the
 * way would read them, without running anything, in one pass. It tells what is written, also where it may never run, and
 * does not guess: a word that is only an argument is none of a command.
 */
import { kindOf, plain } from './command-line/characters.ts';
import { readCommand } from './command-line/commands.ts';
import { expandVariables } from './command-line/kubelet-expansion.ts';
import { programName } from './command-line/program-names.ts';
import { findProgram } from './command-line/programs.ts';
import { Reading } from './command-line/reading.ts';
import { isAssignment, putVariable, Run } from './command-line/run.ts';
import { readShell, readShellText } from './command-line/shell-program.ts';
import { argvWords, Words } from './command-line/words.ts';
import { toolPackages } from './network-tools.ts';

/** The tools to look for, compiled once per policy. */
export interface CommandTools {
  /** Class of each tool, by its base name in small letters. */
  readonly classOf: ReadonlyMap<string, string>;
  /** Tool that a package carries under another name, by the package's name in small letters. */
  readonly packages: ReadonlyMap<string, string>;
}

/** What is known of the place where a command line stands. */
export interface CommandContext {
  /** Environment of the container: literal values; undefined for a variable that is set out of sight (`valueFrom`). */
  readonly env: ReadonlyMap<string, string | undefined>;
  /** False where `envFrom` may set variables out of sight. */
  readonly envComplete: boolean;
  /** True where the kubelet expands `$(VAR)`: command and args; not hooks and probes. */
  readonly expandsVariables: boolean;
  /** True for args without a command: what the image runs them with may be a shell, env, or another wrapper. */
  readonly entryPointUnknown: boolean;
  /** Where the container mounts paths of the host: a chroot there enters the host, whatever the path is called. */
  readonly hostMounts?: readonly string[];
  /** Characters that expansions may make beyond a multiple of the line's own size; a small number where it is absent. */
  readonly allowance?: number;
}

/** One tool, or one command that cannot be resolved. */
export interface CommandHit {
  /** Name of the tool; of the device for `device`; '' for `opaque`. */
  readonly tool: string;
  /** Class of the tool; '' for `device` and `opaque`. */
  readonly class: string;
  /**
   * `mentions`: the first word of a string literal in an interpreter's inline program; `device`: bash's /dev/tcp and
   * /dev/udp; `opaque`: a command position that cannot be resolved. These three are for reports only.
   * `exhausted`: the line nests or expands further than the reader follows, which nobody honest writes; what is behind
   * it was not read.
   */
  readonly how: 'runs' | 'installs' | 'mentions' | 'device' | 'opaque' | 'exhausted';
  /** Index in argv of the word that it stands in. */
  readonly word: number;
  /** Set where it clearly enters the host (`nsenter -t 1`, `chroot /host`). */
  readonly enters?: 'host';
}

/** Compiles the classes of a policy: their entries are names of tools. Packages of a tool that no class names are left out. */
export function compileCommandTools(classes: Iterable<{ name: string; entries: readonly string[] }>): CommandTools {
  const classOf = new Map<string, string>();
  for (const { name, entries } of classes) {
    for (const entry of entries) classOf.set(entry.toLowerCase(), name);
  }
  const packages = new Map<string, string>();
  for (const { package: carrier, tool } of toolPackages) {
    if (classOf.has(tool)) packages.set(carrier, tool);
  }
  return { classOf, packages };
}

/** Finds the network tools in a command line; at most 100, each once for each word and way, in the order of the words. */
export function readCommandLine(argv: readonly string[], context: CommandContext, tools: CommandTools): CommandHit[] {
  const head = argv[0];
  if (head === undefined || isInnocent(head, context, tools)) return [];
  let size = 0;
  for (const word of argv) size += word.length + 1;
  const reading = new Reading(context, tools, size);
  const words = argvWords(context.expandsVariables ? expandedWords(argv, reading) : [...argv]);
  const run = new Run(reading, undefined, undefined, false);
  if (context.entryPointUnknown) readArguments(run, words);
  else readCommand(run, words, 0, words.length);
  return inOrder(reading.hits);
}

/** The words as the kubelet passes them on. */
function expandedWords(argv: readonly string[], reading: Reading): string[] {
  return argv.map((word, index) => (word.includes('$') ? expandVariables(word, reading, index) : word));
}

/**
 * Whether the first word is that of a program the reader knows nothing of, so that the rest is arguments: most are. So is an
 * option of an entry point that is not in sight, unless it is one that a shell or a wrapper has.
 */
export function isInnocent(
  head: string,
  context: Pick<CommandContext, 'entryPointUnknown'>,
  tools: CommandTools,
): boolean {
  const { length } = head;
  if (length === 0) return true;
  if (context.entryPointUnknown) {
    if (head.charCodeAt(0) === 0x2d) return head !== '--' && !isShellOption(head) && !head.includes('$');
    if (!isOneWord(head)) return false;
  }
  let slash = -1;
  for (let index = 0; index < length; index += 1) {
    const code = head.charCodeAt(index);
    if (code === 0x2f) slash = index;
    else if (code === 0x24 || code >= 0x80) return false;
  }
  const last = head.charCodeAt(length - 1) | 0x20;
  // A version at the end (python3), an .exe, or a loader.
  if ((last >= 0x30 && last <= 0x39) || (last === 0x65 && length > 4 && programName(head) !== head.slice(slash + 1)))
    return false;
  const name = slash < 0 ? head : head.slice(slash + 1);
  return !tools.classOf.has(name) && findProgram(name) === undefined;
}

/** Whether a first argument is a word as programs have them, not a line for a shell nor a variable for env. */
function isOneWord(word: string): boolean {
  for (let index = 0; index < word.length; index += 1) {
    const code = word.charCodeAt(index);
    if (code === 0x3d || kindOf(code) !== plain) return false;
  }
  return true;
}

/** Reads args alone: the words of a command, a line for a shell, or `-c` and a script. */
function readArguments(run: Run, words: Words): void {
  let at = 0;
  while (at < words.length && isAssignment(words.text(at)) && isOneWord(words.text(at).replace('=', ''))) {
    putVariable(run, words.text(at));
    at += 1;
  }
  const first = words.text(at);
  if (first.startsWith('-')) {
    readOptionsOfEntryPoint(run, words, at);
    return;
  }
  if (first.includes('://')) return;
  if (isLine(first)) readShellText(run, first, words.origin(at));
  else readCommand(run, words, at, words.length);
}

/** `-c` and a script are read as a shell's; words behind a first `--` as a wrapper's command. */
function readOptionsOfEntryPoint(run: Run, words: Words, from: number): void {
  let at = from;
  while (at < words.length && isShellOption(words.text(at))) at += words.text(at).endsWith('o') ? 2 : 1;
  const isShell = words.slice(from, at).some((word) => word.startsWith('-') && word.includes('c'));
  const shell = new Words();
  shell.add('sh', words.origin(from));
  shell.addFrom(words, from, words.length);
  if (isShell) readShell(run, shell, 1, shell.length);
  else if (words.text(at) === '--') readCommand(run, words, at + 1, words.length);
}

/** A cluster of a shell's own option letters, as people write them: `-c`, `-ec`, `-euxo`, `-lc`. */
function isShellOption(word: string): boolean {
  if (word.length < 2 || word.length > 6 || (word.charCodeAt(0) !== 0x2d && word.charCodeAt(0) !== 0x2b)) return false;
  for (let index = 1; index < word.length; index += 1) {
    if (!'celuxivsgo'.includes(word.charAt(index))) return false;
  }
  return true;
}

/** Whether a first argument can only be a line for a shell. */
function isLine(word: string): boolean {
  for (const character of word) {
    if (character === ' ' || character === ';' || character === '|' || character === '&' || character === '\n')
      return true;
  }
  return false;
}

function inOrder(hits: CommandHit[]): CommandHit[] {
  for (let index = 1; index < hits.length; index += 1) {
    if ((hits[index - 1]?.word ?? 0) > (hits[index]?.word ?? 0))
      return hits.sort((one, other) => one.word - other.word);
  }
  return hits;
}
