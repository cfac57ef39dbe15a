import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mountedFiles } from '../../src/mounted-files/mounted-files.ts';

describe('files that are mounted together', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mounted-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('are read in their order, and again only where one has changed', async () => {
    const paths = [join(folder, 'b'), join(folder, 'a')];
    await writeFile(join(folder, 'a'), 'second');
    await writeFile(join(folder, 'b'), 'first');
    const files = mountedFiles(paths);
    expect((await files.readIfChanged())?.map(String)).toEqual(['first', 'second']);
    await expect(files.readIfChanged()).resolves.toBeUndefined();
    await writeFile(join(folder, 'a'), 'another');
    expect((await files.readIfChanged())?.map(String)).toEqual(['first', 'another']);
  });

  test('of several that are missing the first is told, however busy the machine is', async () => {
    const missing = Array.from({ length: 20 }, (_, i) => join(folder, `missing-${String(i)}`));
    const told = await Promise.all(
      Array.from({ length: 50 }, () =>
        mountedFiles(missing)
          .readIfChanged()
          .catch((error: unknown) => (error as Error).message),
      ),
    );
    expect(new Set(told)).toEqual(new Set([expect.stringContaining("missing-0'")]));
  });
});
