import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A place that cases are kept in. What `open` has resolved for is on disk, and stays after a crash. */
export interface CaseStore {
  /**
   * Opens a case unless there is one of that id.
   * @returns whether it is new
   * @throws {CasesFull} where there is no room; and what the file system says
   */
  readonly open: (id: string, event: string) => Promise<boolean>;
  /** Adds or replaces a file of a case. */
  readonly write: (id: string, name: string, text: string) => Promise<void>;
  /** The event of a case, as it was given. */
  readonly event: (id: string) => Promise<string>;
  readonly count: () => number;
  /** Cases without an outcome, in no order: what a crash has left. */
  readonly unfinished: () => readonly string[];
}

/** There is no room for another case. */
export class CasesFull extends Error {
  override readonly name = 'CasesFull';
}

/** The file whose presence says that a case was worked on to its end. */
export const outcomeFile = 'outcome.json';
const eventFile = 'event.json';
const idPattern = /^[0-9a-f]{32}$/;

/**
 * Opens a folder of cases: a folder each, with modes that let nobody else read them.
 * @throws where it cannot be made or read
 */
export async function openCaseFolder(folder: string, maxCases: number): Promise<CaseStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const known = new Set<string>();
  const unfinished: string[] = [];
  for (const id of (await readdir(folder)).filter((name) => idPattern.test(name))) {
    const files = await readdir(join(folder, id));
    // Without its event it was never answered for: the sender sends it again.
    if (!files.includes(eventFile)) continue;
    known.add(id);
    if (!files.includes(outcomeFile)) unfinished.push(id);
  }
  const opening = new Map<string, Promise<boolean>>();
  const syncRoot = together(() => syncFolder(folder));

  async function make(id: string, event: string): Promise<boolean> {
    if (known.size + opening.size >= maxCases) throw new CasesFull(`there are ${known.size} cases already`);
    await mkdir(join(folder, id), { recursive: true, mode: 0o700 });
    await writeDurably(join(folder, id), eventFile, event);
    await syncRoot();
    known.add(id);
    return true;
  }

  return {
    open: async (id, event) => {
      if (known.has(id)) return false;
      const begun = opening.get(id);
      if (begun !== undefined) {
        // It is there for both once it is on disk, and for neither before.
        await begun;
        return false;
      }
      const made = make(id, event);
      opening.set(id, made);
      try {
        return await made;
      } finally {
        opening.delete(id);
      }
    },
    write: (id, name, text) => writeDurably(join(folder, id), name, text),
    event: async (id) => (await readFile(join(folder, id, eventFile))).toString(),
    count: () => known.size,
    unfinished: () => unfinished,
  };
}

/** Writes beside it, and puts it in place in one step; both are on disk when it resolves. */
async function writeDurably(folder: string, name: string, text: string): Promise<void> {
  const next = join(folder, `.${name}.new`);
  const file = await open(
    next,
    constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  try {
    await rename(next, join(folder, name));
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Runs `work` once for all who ask while it is about to begin; each is answered by a run that began after it asked. */
function together(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        running = work();
        return running;
      });
    return next;
  };
}
