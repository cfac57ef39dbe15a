import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from '../../src/manifest/read.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Finding } from '../../src/policy/finding.ts';
import { valueAt } from '../../src/policy/json.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { ruleDefinitions } from '../../src/policy/rules/index.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures');
const policy = defaultPolicy();

function fixtureFiles(rule: string, folder: 'pass' | 'fail'): string[] {
  const path = join(fixtures, rule, folder);
  return existsSync(path) ? readdirSync(path).map((name) => join(path, name)) : [];
}

function findingsOf(file: string, rule: string): Finding[] {
  return [...readManifest(readFileSync(file, 'utf8'))].flatMap((entry) => {
    if (!entry.ok) throw new Error(`${file}: ${entry.error.message}`);
    const { value } = entry.document;
    const found = judge(value, policy, 0).findings.filter((finding) => finding.rule === rule);
    for (const { path } of found) expect(valueAt(value, path)).toBeDefined();
    return found;
  });
}

test('every rule has an id of its own, fixtures of both kinds, and texts for people', () => {
  const ids = ruleDefinitions.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const definition of ruleDefinitions) {
    const has = [fixtureFiles(definition.id, 'fail').length > 0, fixtureFiles(definition.id, 'pass').length > 0];
    expect([definition.id, ...has]).toEqual([definition.id, true, true]);
    for (const text of [definition.title, definition.finds, definition.why, definition.allowed, definition.remedy]) {
      expect(text.length).toBeGreaterThan(3);
    }
  }
  expect(readdirSync(fixtures).toSorted()).toEqual(ids.toSorted());
});

describe.each(ruleDefinitions.map(({ id }) => id))('%s', (rule) => {
  test.each(fixtureFiles(rule, 'fail').map((file) => [file.slice(fixtures.length), file]))(
    'finds %s',
    (_name, file) => {
      expect(findingsOf(file, rule)).not.toEqual([]);
    },
  );
  test.each(fixtureFiles(rule, 'pass').map((file) => [file.slice(fixtures.length), file]))(
    'passes %s',
    (_name, file) => {
      expect(findingsOf(file, rule)).toEqual([]);
    },
  );
});
