import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { admissionPolicies } from '../../src/compile/admission-policy.ts';
import { yamlDocuments } from '../../src/compile/document-text.ts';
import { webhookDocuments } from '../../src/compile/webhook-document.ts';
import { readPolicyText } from '../../src/policy-file/read.ts';

const manifests = join(import.meta.dirname, '..', '..', 'manifests');
const shipped = parse(readFileSync(join(manifests, 'base', '20-policy.yaml'), 'utf8')) as {
  readonly data: Readonly<Record<string, string>>;
};
const policy = readPolicyText(shipped.data['policy.yaml'] ?? '', 'policy.yaml');

test.each([
  ['conditions.yaml', webhookDocuments(policy)],
  ['admission-policies.yaml', admissionPolicies(policy)],
])('overlays/cel/%s is what the shipped policy compiles to (SEAWALL_UPDATE=1 writes it)', (file, objects) => {
  const path = join(manifests, 'overlays', 'cel', file);
  const text = `# Made by \`seawall policy compile\` from the policy of base/20-policy.yaml.\n${yamlDocuments(objects)}`;
  if (process.env['SEAWALL_UPDATE'] === '1') writeFileSync(path, text);
  expect(readFileSync(path, 'utf8')).toBe(text);
});
