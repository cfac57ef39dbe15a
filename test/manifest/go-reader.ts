import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What kubectl reads from a text: a value, or an error where it would stop. */
export type GoEntry = { readonly value: unknown } | { readonly error: string };

/** A running reader; texts are answered in the order they are given. */
export interface GoReader {
  read(text: string | Uint8Array): Promise<readonly GoEntry[]>;
  close(): void;
}

const sources = join(import.meta.dirname, '..', 'go-reader');

/** The path of the built reader, or in one line what is missing to build it; throws where CI must not go without it. */
export function findGoReader(): { readonly path: string } | { readonly missing: string } {
  const found = buildGoReader();
  if ('missing' in found && process.env['CI'] === 'true') throw new Error(found.missing);
  return found;
}

function buildGoReader(): { readonly path: string } | { readonly missing: string } {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(sources, file)));
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'seawall');
  const path = join(cache, `go-reader-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(path)) return { path };
  if (spawnSync('go', ['version']).error !== undefined) return { missing: 'Go 1.26 is not on the PATH' };
  mkdirSync(cache, { recursive: true });
  const fresh = `${path}.${process.pid}`;
  const built = spawnSync('go', ['build', '-o', fresh, '.'], { cwd: sources, encoding: 'utf8' });
  if (built.status !== 0)
    return { missing: `go build failed in test/go-reader: ${built.stderr.trim().split('\n').at(-1) ?? ''}` };
  renameSync(fresh, path);
  return { path };
}

export function startGoReader(path: string): GoReader {
  const child = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: ((line: string) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  return {
    read: async (text) => {
      const answer = new Promise<string>((resolve) => waiting.push(resolve));
      child.stdin.write(`${Buffer.from(text).toString('base64')}\n`);
      return JSON.parse(await answer) as GoEntry[];
    },
    close: () => child.stdin.end(),
  };
}
