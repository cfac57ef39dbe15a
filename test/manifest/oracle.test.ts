import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { decodeManifestBytes, encodeManifestText } from '../../src/manifest/bytes.ts';
import { firstDifference, ourEntries, strictErrors } from './agreement.ts';
import { arbitraryYaml, mutated } from './arbitrary-yaml.ts';
import { findGoReader, startGoReader } from './go-reader.ts';
import type { GoReader } from './go-reader.ts';
import { strictDocuments, trickyDocuments } from './tricky-documents.ts';

const found = findGoReader();
const corpus = join(import.meta.dirname, '..', '..', '..', 'shared', 'corpus');

const suite = 'path' in found ? describe : describe.skip;
suite(`the API server's own reader${'missing' in found ? ` (skipped: ${found.missing})` : ''}`, () => {
  let reader: GoReader;
  beforeAll(() => {
    reader = startGoReader('path' in found ? found.path : '');
  });
  afterAll(() => reader.close());

  test.each(trickyDocuments.map((text) => [text]))('agrees on %j', async (text) => {
    expect(firstDifference(ourEntries(text), await reader.read(text))).toBeUndefined();
  });

  test.each(strictDocuments)('is less strict on %j', async (text, error) => {
    expect((await reader.read(text)).every((entry) => 'value' in entry)).toBe(true);
    expect(ourEntries(text).filter((entry) => 'error' in entry)).toEqual([
      { error: expect.stringMatching(error) as string },
    ]);
  });

  test.each(['utf-16le', 'utf-16be'] as const)('agrees on %s', async (encoding) => {
    for (const text of ['a: 1\n---\nb: \u{1f600}', '{"a":1}{"b":2}', 'a: \ud800x\r\nb: 2\r\n', '\u0000']) {
      const bytes = encodeManifestText(`\ufeff${text}`, encoding);
      expect(firstDifference(ourEntries(decodeManifestBytes(bytes)), await reader.read(bytes))).toBeUndefined();
    }
  });

  test('is less strict on bytes that are no UTF-8', async () => {
    const bytes = Uint8Array.from([0x61, 0x3a, 0x20, 0xe9, 0x0a]);
    expect(await reader.read(bytes)).toEqual([{ value: { a: '\ufffd' } }]);
    expect(() => decodeManifestBytes(bytes)).toThrow('not UTF-8');
  });

  const fails = (entries: ReturnType<typeof ourEntries>, why: RegExp): boolean =>
    entries.some((entry) => 'error' in entry && why.test(entry.error));

  const agrees = async (text: string): Promise<void> => {
    const ours = ourEntries(text);
    if (fails(ours, strictErrors)) return;
    // Broken JSON is read as YAML, and where that is too strict as well, the error is that of the JSON.
    if (fails(ours, /JSON: /) && fails(ourEntries(`#\n${text}`), strictErrors)) return;
    expect(firstDifference(ours, await reader.read(text))).toBeUndefined();
  };

  test('agrees on generated YAML', async () => {
    await fc.assert(fc.asyncProperty(arbitraryYaml, agrees), { numRuns: 3000 });
  });

  test('agrees on the tricky texts with scraps put in and cut out', async () => {
    await fc.assert(fc.asyncProperty(mutated(trickyDocuments.filter((text) => text.length < 200)), agrees), {
      numRuns: 5000,
    });
  });

  test('agrees on generated YAML with scraps put in and cut out', async () => {
    const mutatedYaml = arbitraryYaml.chain((text) => mutated([text]));
    await fc.assert(fc.asyncProperty(mutatedYaml, agrees), { numRuns: 3000 });
  });

  (existsSync(corpus) ? test : test.skip)('agrees on the corpus of real manifests (../shared/corpus)', async () => {
    const files = globSync('**/*.{yaml,yml,json}', { cwd: corpus }).sort();
    expect(files.length).toBeGreaterThan(600);
    for (const file of files) {
      const text = readFileSync(join(corpus, file), 'utf8');
      const difference = firstDifference(ourEntries(text), await reader.read(text));
      expect({ file, difference }).toEqual({ file, difference: undefined });
    }
  });
});
