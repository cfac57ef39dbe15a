import { type CommandContext, type CommandTools, compileCommandTools } from '../../src/policy/command-line.ts';
import { networkTools } from '../../src/policy/network-tools.ts';

/** Every tool of the default policy. */
export const defaultTools: CommandTools = compileCommandTools(
  networkTools.map(({ class: name, entries }) => ({ name, entries: entries.map((entry) => entry.name) })),
);

/** A container's own command, with an empty environment. */
export const commandContext: CommandContext = {
  env: new Map(),
  envComplete: true,
  expandsVariables: true,
  entryPointUnknown: false,
};
