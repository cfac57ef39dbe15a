import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8');
/** The paths that the page's table names, as `src/policy/` or `src/policy/evaluate.ts`. */
const named = [...page.matchAll(/^\| `([^`]+)` +\|/gm)].map((match) => match[1] ?? '');

function foldersOf(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}${name}/`);
}

test('docs/architecture.md names every folder of src, test and the top, and nothing that is not there', () => {
  const hidden = new Set(['.git/', '.ci/', 'node_modules/', 'dist/', 'coverage/']);
  const top = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${name}/`)
    .filter((name) => !hidden.has(name));
  const folders = [...top, ...foldersOf('src/')];
  expect(folders.filter((folder) => !named.includes(folder))).toEqual([]);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('docs/dependencies.md gives a reason for each package, and for none that is not there', () => {
  const text = readFileSync(join(root, 'docs', 'dependencies.md'), 'utf8');
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const explained = [...text.matchAll(/^\| ([^|]+) \|/gm)]
    .flatMap((match) => (match[1] ?? '').split(','))
    .map((name) => name.trim())
    .filter((name) => name !== 'package' && !/^-+$/.test(name));
  expect(explained.toSorted()).toEqual(
    [...Object.keys(dependencies ?? {}), ...Object.keys(devDependencies ?? {})].toSorted(),
  );
});
