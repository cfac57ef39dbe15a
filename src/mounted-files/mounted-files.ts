import { watch } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Files that belong together and may be replaced at any time, as the kubelet does with a mounted ConfigMap or Secret. */
export interface MountedFiles {
  /**
   * The contents of all files, in their order, or undefined where nothing has changed since they were last read.
   * @throws where one cannot be read
   */
  readonly readIfChanged: () => Promise<readonly Buffer[] | undefined>;
}

/**
 * Tells a change by what the name leads to: the kubelet swaps a symbolic link (`..data`), which changes the inode behind
 * every file at once and writes to none of them. Source: k8s.io/kubernetes pkg/volume/util/atomic_writer.go.
 */
export function mountedFiles(paths: readonly string[]): MountedFiles {
  let known = '';
  return {
    readIfChanged: async () => {
      // One after the other: of several files that cannot be read, the first one is always the one that is told.
      const mark = (await inOrder(paths, markOf)).join(' ');
      if (mark === known) return undefined;
      const contents = await inOrder(paths, (path) => readFile(path));
      // Taken before the reading: what is written meanwhile is a change of its own.
      known = mark;
      return contents;
    },
  };
}

async function inOrder<T>(paths: readonly string[], read: (path: string) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (const path of paths) all.push(await read(path));
  return all;
}

async function markOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

/** How often files are looked at; a watch that works makes it sooner. */
export const pollMs = 5_000;

export interface WatchOptions {
  readonly paths: readonly string[];
  /** Looks at the files; called once at a time, and again where something changed meanwhile. It must not reject. */
  readonly refresh: () => Promise<void>;
  /** Told why the file system gives no notice; the polling goes on. */
  readonly onUnwatchable: (error: unknown) => void;
  /** Calls `work` every so many milliseconds until the returned function is called. */
  readonly every: (ms: number, work: () => void) => () => void;
}

/** Keeps looking at files: at each notice of the file system, and every few seconds, because notices get lost on mounts. */
export function watchFiles({ paths, refresh, onUnwatchable, every }: WatchOptions): () => void {
  const look = oneAtATime(refresh);
  const stopPolling = every(pollMs, look);
  const watchers = [...new Set(paths.map((path) => dirname(path)))].flatMap((folder) => {
    try {
      const watcher = watch(folder, { persistent: false }, look);
      watcher.on('error', onUnwatchable);
      return [watcher];
    } catch (error) {
      onUnwatchable(error);
      return [];
    }
  });
  return () => {
    stopPolling();
    for (const watcher of watchers) watcher.close();
  };
}

function oneAtATime(work: () => Promise<void>): () => void {
  const asked = { count: 0 };
  const run = async (): Promise<void> => {
    for (let seen = 0; seen < asked.count;) {
      seen = asked.count;
      await work();
    }
    asked.count = 0;
  };
  return () => {
    asked.count += 1;
    if (asked.count === 1) void run();
  };
}
