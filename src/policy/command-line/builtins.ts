/*
 * The builtins of a shell that run a command, read a script, or change what the reader knows.
 * Sources: POSIX Shell Command Language 2.14 Special Built-In Utilities; bash manual, 4 Shell Builtin Commands.
 */
import { type ProgramReader, stopped } from './run.ts';
import {
  readAliasBuiltin,
  readCommandBuiltin,
  readEval,
  readExec,
  readHash,
  readSource,
  readTrap,
} from './script-builtins.ts';
import {
  declaration,
  readElsewhere,
  readPrintf,
  readRead,
  readReturn,
  readSet,
  readShift,
  readUnset,
} from './variable-builtins.ts';

/** Builtins that run nothing and write nothing. */
const quiet: ProgramReader = (run) => {
  run.output = '';
  return stopped;
};

const skipNothing: ProgramReader = (_run, _words, at) => at;

export const builtins: ReadonlyMap<string, ProgramReader> = new Map<string, ProgramReader>([
  ['eval', readEval],
  ['.', readSource],
  ['source', readSource],
  ['trap', readTrap],
  ['exec', readExec],
  ['command', readCommandBuiltin],
  ['builtin', skipNothing],
  ['alias', readAliasBuiltin],
  ['hash', readHash],
  ['set', readSet],
  ['shift', readShift],
  ['unset', readUnset],
  ['export', declaration({ exports: true })],
  ['readonly', declaration({ fixes: true })],
  ['declare', declaration({ isLocal: true })],
  ['typeset', declaration({ isLocal: true })],
  ['local', declaration({ isLocal: true })],
  ['return', readReturn],
  ['read', readRead],
  ['printf', readPrintf],
  ['getopts', readElsewhere],
  ['mapfile', readElsewhere],
  ['readarray', readElsewhere],
  ...['cd', 'umask', 'ulimit', 'shopt', 'let', 'wait', 'kill', 'exit', 'break', 'continue', 'unalias', ':'].map(
    (name): [string, ProgramReader] => [name, quiet],
  ),
]);
