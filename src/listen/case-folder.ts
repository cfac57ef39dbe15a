import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A place that cases are kept in. What `open` has resolved for is on disk, and stays after a crash. */
export interface CaseStore {
  /**
   * Opens a case unless there is one of that id. Where there is no room, the oldest that have an outcome are dropped.
   * @returns whether it is new
   * @throws {CasesFull} where none has an outcome; and what the file system says
   */
  readonly open: (id: string, event: string) => Promise<boolean>;
  /** Adds or replaces a file of a case. */
  readonly write: (id: string, name: string, text: string) => Promise<void>;
  /** The event of a case, as it was given. */
  readonly event: (id: string) => Promise<string>;
  readonly count: () => number;
  /** Cases without an outcome, the oldest first: what a crash has left. */
  readonly unfinished: () => readonly string[];
}

export interface CaseFolderOptions {
  readonly maxCases: number;
  /** Told of each case that was dropped to make room. */
  readonly onDrop: (id: string) => void;
}

/** There is no room for another case, as all of them wait for their outcome. */
export class CasesFull extends Error {
  override readonly name = 'CasesFull';
}

/** The file whose presence says that a case was worked on to its end. */
export const outcomeFile = 'outcome.json';
const eventFile = 'event.json';
const idPattern = /^[0-9a-f]{32}$/;
/** What the folder of a case has in it, whole or half written. */
const ownFile = /^\.?(?:event|investigation|outcome)\.(?:json|md)(?:\.new)?$/;

/**
 * Opens a folder of cases: a folder each, with modes that let nobody else read them.
 * @throws where it cannot be made or read
 */
export async function openCaseFolder(folder: string, { maxCases, onDrop }: CaseFolderOptions): Promise<CaseStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { open: waiting, closed } = await casesIn(folder);
  const unfinished = [...waiting];
  const opening = new Map<string, Promise<boolean>>();
  const leaving = new Set<string>();
  const syncRoot = together(() => syncFolder(folder));
  let making = 0;
  const count = (): number => waiting.size + closed.size;

  /** Never one without an outcome: nobody has looked at it yet. */
  async function dropOldest(): Promise<boolean> {
    const [oldest] = closed;
    if (oldest === undefined) return false;
    closed.delete(oldest);
    leaving.add(oldest);
    try {
      await removeCase(join(folder, oldest));
    } finally {
      leaving.delete(oldest);
    }
    onDrop(oldest);
    return true;
  }

  async function makeRoom(): Promise<void> {
    while (count() + making > maxCases) {
      if (!(await dropOldest())) throw new CasesFull(`there are ${count()} cases already, none with an outcome`);
    }
  }

  /** Where the disk is full, the oldest make room for what is written. */
  async function writeFile(id: string, name: string, text: string): Promise<void> {
    for (;;) {
      try {
        await mkdir(join(folder, id), { recursive: true, mode: 0o700 });
        await writeDurably(join(folder, id), name, text);
        return;
      } catch (error) {
        if (!isNoSpace(error) || !(await dropOldest())) throw error;
      }
    }
  }

  async function make(id: string, event: string): Promise<boolean> {
    // Before it waits for anything: of several at once each must see the others.
    making += 1;
    try {
      await makeRoom();
      await writeFile(id, eventFile, event);
      await syncRoot();
      waiting.add(id);
      return true;
    } finally {
      making -= 1;
    }
  }

  return {
    open: async (id, event) => {
      // One that is being dropped had its case, and a new one would go with it.
      if (waiting.has(id) || closed.has(id) || leaving.has(id)) return false;
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
    write: async (id, name, text) => {
      await writeFile(id, name, text);
      if (name === outcomeFile && waiting.delete(id)) closed.add(id);
    },
    event: async (id) => (await readFile(join(folder, id, eventFile))).toString(),
    count,
    unfinished: () => unfinished,
  };
}

/** What an earlier run has left, the oldest first. */
async function casesIn(folder: string): Promise<{ readonly open: Set<string>; readonly closed: Set<string> }> {
  const found: { id: string; openedMs: number; isClosed: boolean }[] = [];
  for (const id of (await readdir(folder)).filter((name) => idPattern.test(name))) {
    const files = await readdir(join(folder, id));
    // Without its event it was never answered for, or was about to be dropped; with anything else in it, it is not ours.
    if (!files.includes(eventFile)) {
      if (files.every((file) => ownFile.test(file))) await rm(join(folder, id), { recursive: true, force: true });
      continue;
    }
    const { mtimeMs } = await stat(join(folder, id, eventFile));
    found.push({ id, openedMs: mtimeMs, isClosed: files.includes(outcomeFile) });
  }
  found.sort((one, other) => one.openedMs - other.openedMs);
  const ids = (isClosed: boolean): string[] => found.filter((each) => each.isClosed === isClosed).map(({ id }) => id);
  return { open: new Set(ids(false)), closed: new Set(ids(true)) };
}

/** The event first: a crash in between must not leave a case that seems to wait for its outcome. */
async function removeCase(folder: string): Promise<void> {
  await rm(join(folder, eventFile), { force: true });
  await rm(folder, { recursive: true, force: true });
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** Writes beside it, and puts it in place in one step; both are on disk when it resolves. */
async function writeDurably(folder: string, name: string, text: string): Promise<void> {
  const next = join(folder, `.${name}.new`);
  try {
    await writeSynced(next, text);
    await rename(next, join(folder, name));
  } catch (error) {
    // Half a file takes room, too.
    await rm(next, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
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
