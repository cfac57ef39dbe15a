import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { runCommand } from '../support/command-io.ts';

const kindsOf = (text: string): unknown[] =>
  parseAllDocuments(text).map((each) => (each.toJS() as { kind: string }).kind);

test('policy compile prints every form, or the one that is asked for', async () => {
  const all = await runCommand(['policy', 'compile']);
  expect([all.code, all.stderr]).toEqual([0, '']);
  expect([...new Set(kindsOf(all.stdout))]).toEqual([
    'ValidatingWebhookConfiguration',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
    'MutatingAdmissionPolicy',
    'MutatingAdmissionPolicyBinding',
  ]);
  const one = await runCommand(['policy', 'compile', '--form', 'webhook', '-o', 'json']);
  const { kind, items } = JSON.parse(one.stdout) as { kind: string; items: { kind: string }[] };
  expect([kind, items.map((each) => each.kind)]).toEqual(['List', ['ValidatingWebhookConfiguration']]);
});

test('policy compile names the forms that there are', async () => {
  const { code, stderr } = await runCommand(['policy', 'compile', '--form', 'rego']);
  expect(code).toBe(2);
  expect(stderr).toContain('Allowed choices are webhook, admission-policy, mutating-policy');
});

describe('a policy of which a rule cannot be compiled', () => {
  const folder = mkdtempSync(join(tmpdir(), 'seawall-compile-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** Compiles the default policy with so many patterns of images beside its own. */
  const compileWith = (count: number, form: string) => {
    const file = join(folder, `${count}.yaml`);
    const patterns = Array.from({ length: count }, (_, index) => `        - 'lab-${index}/tool-*'`);
    const text = [
      'apiVersion: seawall.dev/v1alpha1',
      'kind: Policy',
      'metadata: { name: test }',
      'spec:',
      '  rules:',
      '    network-tool-image:',
      '      classes:',
      '        scanner:',
      '          add:',
      ...patterns.map((pattern) => `    ${pattern}`),
    ];
    writeFileSync(file, `${text.join('\n')}\n`);
    return runCommand(['policy', 'compile', '--policy', file, '--form', form]);
  };

  test('says which rule, why, and that every pod is asked of', async () => {
    const { code, stdout, stderr } = await compileWith(3_000, 'webhook');
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^pods\.seawall\.dev: rule network-tool-image has the webhook called for every pod: it may cost \d+ units; \d+ of the API server's 1000000 are left\n/,
    );
    expect(stdout).toContain('// network-tool-image: asked of every pod, because it may cost');
  });

  test('says which rule, why, and that it is left to the webhook, in the annotation too', async () => {
    const { code, stdout, stderr } = await compileWith(3_000, 'admission-policy');
    const line = String.raw`seawall-\w+: rule network-tool-image is left to the webhook: it may cost \d+ of the API server's 1000000 units`;
    expect(code).toBe(0);
    expect(stderr).toMatch(new RegExp(`^(?:${line}\\n){3}$`));
    expect(stdout).toMatch(/ network-tool-image: it may cost \d+ of the API server's 1000000 units\n/);
    expect(stdout).not.toContain('name: networkToolImage');
  });

  test('and with a few patterns, nothing', async () => {
    for (const form of ['webhook', 'admission-policy', 'mutating-policy']) {
      const { code, stderr } = await compileWith(5, form);
      expect([form, code, stderr]).toEqual([form, 0, '']);
    }
  });
});
