import { openCase } from '../remediate/case-folder.ts';
import { undoCase } from '../remediate/undo.ts';
import { plainLine } from '../report/terminal.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { withCluster } from './remediate-cluster.ts';
import { UsageError } from './usage-error.ts';

export interface RemediateUndoOptions extends ConnectionOptions {
  readonly yes: boolean;
  readonly force: boolean;
}

/** `seawall remediate undo`: takes back what a case has changed. */
export async function remediateUndoCommand(
  path: string,
  options: RemediateUndoOptions,
  io: CommandIo,
): Promise<number> {
  if (!options.yes && io.ask === undefined) throw new UsageError('there is no terminal to ask at: say --yes');
  return withCluster(options, io, async (session) => {
    const folder = await openCase(path, session.now);
    try {
      const { undone, refused, left } = await undoCase(session, folder, {
        force: options.force,
        confirm: async () => {
          if (options.yes || io.ask === undefined) return options.yes;
          return (await io.ask(`Type ${plainLine(folder.plan.id)} to take this case back: `)).trim() === folder.plan.id;
        },
      });
      for (const line of left) io.stdout(`${plainLine(line, 2_000)}\n`);
      io.stdout(`taken back: ${undone} ${undone === 1 ? 'change' : 'changes'}\n`);
      for (const line of refused) io.stdout(`NOT taken back: ${plainLine(line, 2_000)}\n`);
      return refused.length > 0 ? exitCodes.findings : exitCodes.ok;
    } finally {
      await folder.journal.close();
    }
  });
}
