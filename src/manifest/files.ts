import type { Dirent } from 'node:fs';
import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { ManifestEncoding } from './bytes.ts';
import { decodeManifestBytes, manifestEncoding } from './bytes.ts';
import { readable, readStart, reasonOf, tooLarge } from './file-bytes.ts';

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

const highWaterMark = 1024 * 1024;

/** A file that is there to be read, by the name that the user knows. */
export interface ManifestSource {
  readonly name: string;
  /** Its bytes as they come; throws FileReadError alone. */
  readonly chunks: () => AsyncIterable<Uint8Array>;
}

/**
 * The manifests at paths: a file, a directory (whole, names in order, each real directory once), or `-` for standard input.
 *
 * One file at a time is in memory. What cannot be read is an error entry, as is a named directory without any manifest.
 */
export async function* manifestFiles(
  paths: readonly string[],
  stdin: () => AsyncIterable<Uint8Array>,
): AsyncGenerator<ManifestFile | ManifestFileError, void> {
  for await (const source of manifestSources(paths, stdin)) {
    yield 'error' in source ? source : await manifestOf(source);
  }
}

/** The same, each to be read by the caller. */
export async function* manifestSources(
  paths: readonly string[],
  stdin: () => AsyncIterable<Uint8Array>,
): AsyncGenerator<ManifestSource | ManifestFileError, void> {
  const walked = new Set<string>();
  for (const path of paths) {
    if (path === '-') yield { name: '<stdin>', chunks: () => readable(stdin) };
    else if (await isDirectory(path)) yield* namedDirectory(path, walked);
    else yield { name: path, chunks: () => readable(() => createReadStream(path, { highWaterMark })) };
  }
}

/** The manifest of a source, where it is not too large to be held. */
async function manifestOf({ name, chunks }: ManifestSource): Promise<ManifestFile | ManifestFileError> {
  try {
    const { start, rest } = await readStart(chunks());
    if (rest === undefined) return manifestFile(name, Buffer.concat(start));
    await rest.return?.();
    return { name, error: tooLarge };
  } catch (error) {
    return { name, error: reasonOf(error) };
  }
}

/** @throws {ManifestDecodeError} */
export function manifestFile(name: string, bytes: Uint8Array): ManifestFile {
  return { name, text: decodeManifestBytes(bytes), encoding: manifestEncoding(bytes) };
}

async function* namedDirectory(
  path: string,
  walked: Set<string>,
): AsyncGenerator<ManifestSource | ManifestFileError, void> {
  let isEmpty = true;
  for await (const file of walk(path, walked)) {
    isEmpty = false;
    yield file;
  }
  if (isEmpty) yield { name: path, error: 'no .yaml, .yml or .json file is in it that was not read already' };
}

async function* walk(directory: string, walked: Set<string>): AsyncGenerator<ManifestSource | ManifestFileError, void> {
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
    } else if (extensions.has(extname(entry.name)))
      yield { name: path, chunks: () => readable(() => regularFile(path)) };
  }
}

/** A path that cannot be looked at is none; reading it as a file tells why. */
async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

/** Reads a file met in a walk; a pipe there would make the walk wait for ever. */
async function* regularFile(path: string): AsyncGenerator<Uint8Array, void> {
  const found = await stat(path);
  if (!found.isFile()) throw new Error('it is no regular file');
  yield* createReadStream(path, { highWaterMark }) as AsyncIterable<Uint8Array>;
}
