import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { manifestFiles } from '../../src/manifest/files.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'seawall-files-'));
});
afterEach(() => rm(root, { recursive: true }));

async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), `name: ${name}\n`);
  }
}

/** Names below the root, each with its error if it has one. */
async function names(...paths: string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const file of manifestFiles(paths, () => Readable.from([Buffer.from('a: 1\n')]))) {
    const name = file.name.replace(`${root}/`, '');
    found.push('error' in file ? `${name}: ${file.error}` : name);
  }
  return found;
}

test('a directory is read whole, in the order of names', async () => {
  await put('b.yaml', 'a/z.yml', 'a/y.json', 'c.txt', 'd.YAML', '.k8s/e.yaml', 'node_modules/x/f.yaml', '.git/g.yaml');
  expect(await names(root)).toEqual(['.k8s/e.yaml', 'a/y.json', 'a/z.yml', 'b.yaml']);
});

test('a named directory is read whatever it is called', async () => {
  await put('node_modules/x/f.yaml');
  expect(await names(join(root, 'node_modules'))).toEqual(['node_modules/x/f.yaml']);
});

test('symbolic links are followed, and each directory is read once', async () => {
  await put('a/x.yaml', 'outside/y.yaml');
  await symlink(join(root, 'a'), join(root, 'a', 'loop'));
  await symlink(join(root, 'outside'), join(root, 'a', 'more'));
  await symlink('x.yaml', join(root, 'a', 'link.yaml'));
  await symlink('nowhere', join(root, 'a', 'dangling.yaml'));
  expect(await names(join(root, 'a'))).toEqual([
    'a/dangling.yaml: no such file or directory',
    'a/link.yaml',
    'a/more/y.yaml',
    'a/x.yaml',
  ]);
});

test('what cannot be read is an error that names it, and the rest is read', async () => {
  await put('a.yaml', 'empty/c.txt');
  await writeFile(join(root, 'latin.yaml'), Uint8Array.from([0x61, 0xe9]));
  expect(
    await names(join(root, 'missing.yaml'), join(root, 'empty'), join(root, 'latin.yaml'), join(root, 'a.yaml')),
  ).toEqual([
    'missing.yaml: no such file or directory',
    'empty: no .yaml, .yml or .json file is in it that was not read already',
    'latin.yaml: the file is not UTF-8 text (line 1); save it as UTF-8',
    'a.yaml',
  ]);
});

test('a file above 64 MiB is an error', async () => {
  await writeFile(join(root, 'big.yaml'), Buffer.alloc(64 * 1024 * 1024 + 1, '#'));
  expect(await names(join(root, 'big.yaml'))).toEqual(['big.yaml: it is larger than 64 MiB']);
});

test('what is too large to be read is given back, and holds no file open', async () => {
  let isOpen = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    isOpen = true;
    try {
      for (;;) yield await Promise.resolve(Buffer.alloc(16 * 1024 * 1024));
    } finally {
      isOpen = false;
    }
  }
  const files = manifestFiles(['-'], endless);
  expect(await files.next()).toMatchObject({ value: { error: 'it is larger than 64 MiB' } });
  expect(isOpen).toBe(false);
});

test('standard input is read for -', async () => {
  expect(await names('-')).toEqual(['<stdin>']);
});

test('one file at a time is read', async () => {
  await put('a.yaml', 'b.yaml');
  const files = manifestFiles([root], () => {
    throw new Error('not asked for');
  });
  expect(await files.next()).toMatchObject({ value: { text: 'name: a.yaml\n' } });
  await writeFile(join(root, 'b.yaml'), 'changed: 1\n');
  expect(await files.next()).toMatchObject({ value: { text: 'changed: 1\n' } });
});
