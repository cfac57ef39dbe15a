// Installs and builds what is out of date, and nothing else. Runs on any Node >= 20 before anything is installed,
// so it uses only what Node brings. Stamps keep a second run under a second.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** The SHA-256 of the given files and folders: names and contents, in a stable order. */
function digest(...paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) add(join(path, name));
      return;
    }
    hash.update(path).update('\0').update(readFileSync(path)).update('\0');
  };
  for (const path of paths) add(join(root, path));
  return hash.digest('hex');
}

/** Runs `work` unless `stamp` already says `wanted`. */
function once(stamp, wanted, work) {
  const file = join(root, stamp);
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) return;
  work();
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, wanted);
}

function run(command, args) {
  try {
    execFileSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  } catch (error) {
    console.error(`setup: \`${command} ${args.join(' ')}\` failed; its output is above`);
    process.exit(typeof error.status === 'number' ? error.status : 1);
  }
}

once('node_modules/.seawall-installed', digest('package-lock.json', '.npmrc'), () => {
  console.error('setup: installing packages (npm ci)');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel', 'error']);
});
once('dist/.seawall-built', digest('src', 'tsconfig.json', 'package.json', '.ci/setup.mjs'), () => {
  console.error('setup: building dist/ (tsc)');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'src/tsconfig.json']);
  // npx links the command once and makes it executable then; what is built anew is not.
  chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755);
});
