import type { OwnProcess } from './own-process.ts';
import { lastWords } from './own-process.ts';
import { EndOfWait, waitUntil } from './wait-until.ts';

/**
 * Waits until `look` says that a program of ours is ready.
 * @throws at once where the program ended, with its last lines
 */
export async function waitForProcess(
  process: OwnProcess,
  look: () => Promise<true | undefined> | true | undefined,
  timeoutMs = 60_000,
): Promise<void> {
  try {
    await waitUntil(
      `${process.name} to be ready`,
      () => {
        if (process.ended !== undefined) throw new EndOfWait(lastWords(process));
        return look();
      },
      { timeoutMs },
    );
  } catch (error) {
    throw error instanceof EndOfWait ? error : new Error(lastWords(process), { cause: error });
  }
}
