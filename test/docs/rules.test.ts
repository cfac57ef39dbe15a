/* The pages under docs/rules and docs/policy.schema.json are generated; SEAWALL_UPDATE=1 writes them anew. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { defaultPolicy, policyJsonSchema } from '../../src/policy/policy.ts';
import { ruleDefinitions } from '../../src/policy/rules/index.ts';
import { readPolicyText } from '../../src/policy-file/read.ts';
import { ruleIndexPage, rulePage } from '../../src/report/rule-page.ts';

const root = join(import.meta.dirname, '..', '..');
const pages = join(root, 'docs', 'rules');
const update = process.env['SEAWALL_UPDATE'] === '1';

/** The text of a file; an update writes what it should be first. */
function generated(path: string, text: string): string {
  if (update) {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  }
  return readFileSync(path, 'utf8');
}

describe('generated pages are what the definitions say', () => {
  test.each(ruleDefinitions.map((definition) => [definition.id, definition] as const))(
    'docs/rules/%s.md',
    (id, definition) => {
      const page = rulePage(definition);
      expect(generated(join(pages, `${id}.md`), page)).toBe(page);
    },
  );

  test('docs/rules/README.md', () => {
    const page = ruleIndexPage(ruleDefinitions);
    expect(generated(join(pages, 'README.md'), page)).toBe(page);
  });

  test('docs/policy.schema.json', () => {
    const schema = `${JSON.stringify(policyJsonSchema(), undefined, 2)}\n`;
    expect(generated(join(root, 'docs', 'policy.schema.json'), schema)).toBe(schema);
  });

  test('no page is left of a rule that is gone', () => {
    const expected = ['README.md', ...ruleDefinitions.map(({ id }) => `${id}.md`)];
    expect(readdirSync(pages).toSorted()).toEqual(expected.toSorted());
  });
});

const head = 'apiVersion: seawall.dev/v1alpha1\nkind: Policy\nmetadata: { name: example }\n';

function text(...steps: readonly string[]): string {
  return readFileSync(join(root, ...steps), 'utf8');
}

/** The YAML examples of a page, each as a whole policy file. */
function examples(page: string): string[] {
  return [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, example = '']) =>
    example.startsWith('spec:') ? head + example : example,
  );
}

const samples = manifest('policy').concat(
  examples(text('docs', 'policy.md')),
  ruleDefinitions.map(rulePage).flatMap(examples),
);

function manifest(folder: string): string[] {
  return readdirSync(join(root, 'manifests', folder)).map((name) => text('manifests', folder, name));
}

describe('every policy that we show', () => {
  test('can be taken, and nobody is warned of it', () => {
    expect(samples.length).toBeGreaterThan(2 * ruleDefinitions.length);
    for (const sample of samples) expect(readPolicyText(sample, 'example').warnings).toEqual([]);
  });

  test('is right by the JSON Schema, which refuses what the reader refuses by its shape', () => {
    const schema = z.fromJSONSchema(policyJsonSchema());
    for (const sample of samples) {
      const { apiVersion, kind, metadata, spec } = {
        apiVersion: 'seawall.dev/v1alpha1',
        kind: 'Policy',
        ...readPolicyText(sample, 'example').written,
      };
      const value = { apiVersion, kind, metadata, spec };
      expect(schema.safeParse(value)).toMatchObject({ success: true });
      expect(schema.safeParse({ ...value, specs: {} }).success).toBe(false);
      expect(schema.safeParse({ ...value, spec: { ...spec, profile: 'stict' } }).success).toBe(false);
      expect(schema.safeParse({ ...value, spec: { ...spec, rules: { 'net-rwa': {} } } }).success).toBe(false);
    }
  });

  test('manifests/policy/default.yaml is the default policy, and its comments can be taken too', () => {
    const written = text('manifests', 'policy', 'default.yaml');
    const settings = ({ rules }: ReturnType<typeof defaultPolicy>) =>
      rules.map((rule) => [rule.definition.id, { ...rule.settings, fix: rule.settings.fix ?? false }]);
    expect(settings(readPolicyText(written, 'default.yaml'))).toEqual(settings(defaultPolicy()));
    expect(readPolicyText(written, 'default.yaml').workloads).toBe(defaultPolicy().workloads);
    const commented = written
      .replace(/^ {2}# (exemptions:|kinds:| .*)$/gm, '  $1')
      .replace(/^( {10})# (add|remove)/gm, '$1$2');
    const policy = readPolicyText(commented, 'default.yaml');
    expect([policy.exemptions.length, policy.kinds.length]).toEqual([1, 1]);
    const relay = policy.rules
      .find(({ definition }) => definition.id === 'network-tool-image')
      ?.settings.classes.get('relay');
    expect(relay?.entries).toContain('corp/relay-*');
  });

  test('the starter exemptions name a registry for every image', () => {
    const { written } = readPolicyText(text('manifests', 'policy', 'exemptions-node-agents.yaml'), 'exemptions');
    for (const exemption of written.spec.exemptions ?? []) expect(exemption.images).not.toBeUndefined();
  });
});
