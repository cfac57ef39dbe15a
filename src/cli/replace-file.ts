import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';

/**
 * Writes a file in one step, so that a reader sees the old text or the new one and never half of it.
 * Keeps the mode of an old one; where the name is a link, the file behind it is replaced. What is no regular file, such
 * as /dev/null or a pipe, cannot be replaced and is written to.
 * @param newMode - of a file that was not there; what the process's umask leaves of 0666, by default
 */
export async function replaceFile(
  name: string,
  chunks: Iterable<string | Uint8Array>,
  newMode?: number,
): Promise<void> {
  const old = await existing(name);
  if (old !== undefined && !old.isFile) {
    await writeAll(old.path, 'w', undefined, chunks);
    return;
  }
  const path = old?.path ?? name;
  const next = `${path}.${randomUUID()}.tmp`;
  try {
    await writeAll(next, 'wx', old?.mode ?? newMode, chunks);
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

async function existing(name: string): Promise<{ path: string; mode: number; isFile: boolean } | undefined> {
  try {
    const path = await realpath(name);
    const found = await stat(path);
    if (found.isDirectory()) throw new Error('it is a directory');
    return { path, mode: found.mode, isFile: found.isFile() };
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeAll(
  path: string,
  flags: string,
  mode: number | undefined,
  chunks: Iterable<string | Uint8Array>,
): Promise<void> {
  const file = await open(path, flags, mode);
  try {
    if (mode !== undefined) await file.chmod(mode);
    for (const chunk of chunks) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}
