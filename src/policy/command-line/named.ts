import { builtins } from './builtins.ts';
import { keywords } from './keywords.ts';
import { indexOfMarker } from './markers.ts';
import { programName } from './program-names.ts';
import { findProgram, type Program } from './programs.ts';
import type { Reading } from './reading.ts';
import type { ProgramReader } from './run.ts';
import type { Script } from './script.ts';

/** What a word stands for where a command starts. */
export interface Named {
  readonly keyword: ((script: Script) => void) | undefined;
  readonly builtin: ProgramReader | undefined;
  /** Name of the program, what the reader knows of it, and its class where it is a tool. */
  readonly name: string;
  readonly program: Program | undefined;
  readonly toolClass: string | undefined;
  /** Whether it is a program that runs nothing the reader looks for, and does nothing to the shell. */
  readonly isInnocent: boolean;
}

/** A script has few words for its many commands: no more than these are kept. */
const maxKept = 256;

export function named(reading: Reading, word: string): Named {
  return reading.named.get(word) ?? lookedUp(reading, word);
}

function lookedUp(reading: Reading, word: string): Named {
  const name = programName(word);
  const builtin = builtins.get(word);
  const program = findProgram(name);
  const toolClass = reading.tools.classOf.get(name);
  const isKnown = builtin !== undefined || program !== undefined || toolClass !== undefined;
  const isInnocent = !isKnown && !word.includes('=') && indexOfMarker(name) < 0;
  const found = { keyword: keywords.get(word), builtin, name, program, toolClass, isInnocent };
  if (reading.named.size < maxKept) reading.named.set(word, found);
  return found;
}
