import type { MountedFiles } from './mounted-files.ts';

export interface LastGoodOptions<Value> {
  readonly files: MountedFiles;
  /** Reads the files' contents, in their order. @throws with what is wrong with them */
  readonly parse: (contents: readonly Buffer[]) => Value;
  /** Told of every later version that is put in force, before `current` gives it; one that throws refuses it. */
  readonly onTaken: (value: Value) => void;
  readonly onRefused: (error: unknown) => void;
}

/** What files say that are read again whenever they change. */
export interface LastGood<Value> {
  readonly current: () => Value;
  /** Reads the files again if they have changed; a broken version is told, and the last good one stays. */
  readonly refresh: () => Promise<void>;
}

/**
 * Reads the files for the first time.
 * @throws where they cannot be read or parsed: there is no last good version to go on with
 */
export async function openLastGood<Value>(options: LastGoodOptions<Value>): Promise<LastGood<Value>> {
  const { files, parse, onTaken, onRefused } = options;
  const first = await files.readIfChanged();
  if (first === undefined) throw new Error('these files were read before');
  let current = parse(first);
  return {
    current: () => current,
    refresh: async () => {
      try {
        const contents = await files.readIfChanged();
        if (contents === undefined) return;
        const next = parse(contents);
        onTaken(next);
        current = next;
      } catch (error) {
        onRefused(error);
      }
    },
  };
}
