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
import { declaration, readPrintf, readReturn, readSet, readShift, readUnset } from './variable-builtins.ts';
import { readGetopts, readMapfile, readRead } from './input-builtins.ts';

/** Builtins that run nothing and write nothing. */
const quiet: ProgramReader = (run) => {
  run.output = '';
  return stopped;
};

/** A builtin that writes nothing, whatever else it does. */
function unheard(read: ProgramReader): ProgramReader {
  return (run, words, at, end) => {
    run.output = '';
    return read(run, words, at, end);
  };
}

const skipNothing: ProgramReader = (_run, _words, at) => at;

export const builtins: ReadonlyMap<string, ProgramReader> = new Map<string, ProgramReader>([
  ['eval', readEval],
  ['.', readSource],
  ['source', readSource],
  ['trap', unheard(readTrap)],
  ['exec', readExec],
  ['command', readCommandBuiltin],
  ['builtin', skipNothing],
  ['alias', unheard(readAliasBuiltin)],
  ['hash', unheard(readHash)],
  ['set', unheard(readSet)],
  ['shift', unheard(readShift)],
  ['unset', unheard(readUnset)],
  ['export', unheard(declaration({ exports: true }))],
  ['readonly', unheard(declaration({ fixes: true }))],
  ['declare', unheard(declaration({ isLocal: true }))],
  ['typeset', unheard(declaration({ isLocal: true }))],
  ['local', unheard(declaration({ isLocal: true }))],
  ['return', readReturn],
  ['read', unheard(readRead)],
  ['printf', readPrintf],
  ['getopts', unheard(readGetopts)],
  ['mapfile', unheard(readMapfile)],
  ['readarray', unheard(readMapfile)],
  ...['cd', 'umask', 'ulimit', 'shopt', 'let', 'wait', 'kill', 'exit', 'break', 'continue', 'unalias', ':'].map(
    (name): [string, ProgramReader] => [name, quiet],
  ),
]);
