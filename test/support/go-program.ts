import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

export type GoProgram = { readonly path: string } | { readonly missing: string };

/**
 * The path of a program that is built from a folder, or in one line what is missing to build it; throws where CI must not
 * go without it.
 * @param sources - folder with go.mod, go.sum and main.go
 */
export function findGoProgram(sources: string): GoProgram {
  const found = buildGoProgram(sources);
  if ('missing' in found && process.env['CI'] === 'true') throw new Error(found.missing);
  return found;
}

function buildGoProgram(sources: string): GoProgram {
  const name = basename(sources);
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(sources, file)));
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'seawall');
  const path = join(cache, `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(path)) return { path };
  if (spawnSync('go', ['version']).error !== undefined) return { missing: 'Go 1.26 is not on the PATH' };
  mkdirSync(cache, { recursive: true });
  const fresh = `${path}.${process.pid}`;
  const built = spawnSync('go', ['build', '-o', fresh, '.'], { cwd: sources, encoding: 'utf8' });
  if (built.status !== 0)
    return { missing: `go build failed in test/${name}: ${built.stderr.trim().split('\n').at(-1) ?? ''}` };
  renameSync(fresh, path);
  return { path };
}
