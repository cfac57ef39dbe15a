import type { Dirent } from 'node:fs';
import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { ManifestEncoding } from './bytes.ts';
import { decodeManifestBytes, manifestEncoding } from './bytes.ts';

/** One manifest, by the name that the user knows; `<stdin>` for `-`. */
export interface ManifestFile {
  readonly name: string;
  readonly text: string;
  /** What to write the text back in, with `encodeManifestText`. */
  readonly encoding: ManifestEncoding;
}

/** A file or directory that could not be read, and why. */
export interface ManifestFileError {
  readonly name: string;
  readonly error: string;
}

/** The extensions that kubectl reads in a directory, in just this case. Source: FileExtensions in k8s.io/cli-runtime/pkg/resource/builder.go. */
const extensions: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json']);

/**
 * Directories that are passed over where a walk meets them, though not where the user names them. Other hidden
 * directories are read: a `.k8s` holds manifests.
 */
const foreignDirectories: ReadonlySet<string> = new Set(['.git', '.hg', '.svn', 'node_modules']);

const maxBytes = 64 * 1024 * 1024;
const tooLarge = 'it is larger than 64 MiB';

/**
 * The manifests at paths: a file, a directory (whole, names in order, each real directory once), or `-` for standard input.
 *
 * One file at a time is in memory. What cannot be read is an error entry, as is a named directory without any manifest.
 */
export async function* manifestFiles(
  paths: readonly string[],
  stdin: () => Promise<Uint8Array>,
): AsyncGenerator<ManifestFile | ManifestFileError, void> {
  const walked = new Set<string>();
  for (const path of paths) {
    if (path === '-') yield await manifestOf('<stdin>', stdin);
    else if (await isDirectory(path)) yield* namedDirectory(path, walked);
    else yield await manifestOf(path, () => readWhole(path));
  }
}

async function* namedDirectory(
  path: string,
  walked: Set<string>,
): AsyncGenerator<ManifestFile | ManifestFileError, void> {
  let isEmpty = true;
  for await (const file of walk(path, walked)) {
    isEmpty = false;
    yield file;
  }
  if (isEmpty) yield { name: path, error: 'no .yaml, .yml or .json file is in it that was not read already' };
}

async function* walk(directory: string, walked: Set<string>): AsyncGenerator<ManifestFile | ManifestFileError, void> {
  let entries: Dirent[];
  try {
    const real = await realpath(directory);
    if (walked.has(real)) return;
    walked.add(real);
    entries = await readdir(directory, { withFileTypes: true });
  } catch (error) {
    yield { name: directory, error: reasonOf(error) };
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(directory, entry.name);
    const mayBeDirectory = entry.isDirectory() || entry.isSymbolicLink();
    if (mayBeDirectory && (await isDirectory(path))) {
      if (!foreignDirectories.has(entry.name)) yield* walk(path, walked);
    } else if (extensions.has(extname(entry.name))) yield await manifestOf(path, () => readRegularFile(path));
  }
}

async function manifestOf(name: string, read: () => Promise<Uint8Array>): Promise<ManifestFile | ManifestFileError> {
  try {
    const bytes = await read();
    if (bytes.length > maxBytes) return { name, error: tooLarge };
    return { name, text: decodeManifestBytes(bytes), encoding: manifestEncoding(bytes) };
  } catch (error) {
    return { name, error: reasonOf(error) };
  }
}

/** A path that cannot be looked at is none; reading it as a file tells why. */
async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

/** Reads a file met in a walk; a pipe there would make the walk wait for ever. */
async function readRegularFile(path: string): Promise<Uint8Array> {
  const found = await stat(path);
  if (!found.isFile()) throw new Error('it is no regular file');
  return readWhole(path);
}

/** Reads a file or pipe, and stops where it proves too large. */
async function readWhole(path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const stream: AsyncIterable<Uint8Array> = createReadStream(path);
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) throw new Error(tooLarge);
  }
  return Buffer.concat(chunks);
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file or directory'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['ELOOP', 'its symbolic links lead in a circle'],
]);

function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const known = 'code' in error ? reasons.get(String(error.code)) : undefined;
  return known ?? ('message' in error ? String(error.message) : 'it cannot be read');
}
