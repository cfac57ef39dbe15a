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
