import type { Command } from 'commander';
import { makeProgram } from '../../src/cli/program.ts';
import { commandIo } from '../support/command-io.ts';

/** A command of the command line as it is: the words that name it, and whether it takes `-o json`. */
export interface KnownCommand {
  readonly words: string;
  readonly hasJson: boolean;
}

/** Every command that does something, read from the command line's own description. */
export function everyCommand(): readonly KnownCommand[] {
  const { io } = commandIo();
  return commandsBelow(
    makeProgram('0.0.0-test', io, () => undefined),
    [],
  );
}

function commandsBelow(parent: Command, above: readonly string[]): KnownCommand[] {
  return parent.commands.flatMap((command) => {
    const words = [...above, command.name()];
    // One with commands below it and no argument is a heading.
    const acts = command.commands.length === 0 || command.registeredArguments.length > 0;
    const hasJson = command.options.some(({ long, argChoices }) => long === '--output' && argChoices?.includes('json'));
    return [...(acts ? [{ words: words.join(' '), hasJson }] : []), ...commandsBelow(command, words)];
  });
}
