import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { builtInKinds } from '../../src/policy/workload-kinds.ts';
import { readPolicyText } from '../../src/policy-file/read.ts';
import { manifestsFolder, shippedConfigurations } from '../cluster/webhook-configurations.ts';
import { runCommand } from '../support/command-io.ts';

const manifests = join(manifestsFolder, '..');
const files = readdirSync(manifestsFolder)
  .filter((name) => /^\d\d-/.test(name))
  .sort();

interface Shipped {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
}

const objects = files.flatMap((file) =>
  parseAllDocuments(readFileSync(join(manifestsFolder, file), 'utf8')).map((document) => document.toJS() as Shipped),
);

function textOf(...path: readonly string[]): string {
  return readFileSync(join(manifests, ...path), 'utf8');
}

describe('the webhook configurations', () => {
  const resources = (name: string) =>
    shippedConfigurations()
      .filter(({ metadata }) => metadata.name === name)
      .flatMap(({ webhooks }) => webhooks)
      .flatMap(({ rules }) => rules)
      .flatMap((rule) => rule.apiGroups.flatMap((group) => rule.resources.map((each) => `${group}/${each}`)));

  test('ask for every kind with a pod template that the policy knows, and for no other', () => {
    // The plural of each is regular. Pods have a configuration of their own.
    const plurals = builtInKinds.filter((kind) => kind !== '/Pod').map((kind) => `${kind.toLowerCase()}s`);
    expect(resources('seawall-workloads').toSorted()).toEqual(plurals.toSorted());
  });

  test('ask for pods and what joins them', () => {
    const joined = ['/pods', '/pods/ephemeralcontainers', '/pods/exec', '/pods/attach'];
    expect(resources('seawall-pods')).toEqual(joined);
    expect(resources('seawall-repair')).toEqual(['/pods', '/pods/ephemeralcontainers']);
  });

  test.each([
    ['ValidatingWebhookConfiguration', 'seawall-pods', 'pods.seawall.dev', '/validate', 'Fail', undefined],
    ['ValidatingWebhookConfiguration', 'seawall-workloads', 'workloads.seawall.dev', '/validate', 'Ignore', undefined],
    ['MutatingWebhookConfiguration', 'seawall-repair', 'repair.seawall.dev', '/mutate', 'Ignore', 'IfNeeded'],
  ])('%s %s', (kind, name, webhook, path, failurePolicy, reinvocationPolicy) => {
    const shipped = shippedConfigurations().filter(({ metadata }) => metadata.name === name);
    expect(shipped).toMatchObject([{ kind, webhooks: [{ name: webhook, failurePolicy }] }]);
    const [only] = shipped.flatMap(({ webhooks }) => webhooks);
    // No caBundle: who installs has none, and one that is shipped would be the same in every cluster.
    expect(only?.clientConfig).toEqual({ service: { namespace: 'seawall', name: 'seawall', path } });
    expect(only?.reinvocationPolicy).toBe(reinvocationPolicy);
    expect(only).toMatchObject({ timeoutSeconds: 5, sideEffects: 'None', matchPolicy: 'Equivalent' });
    expect(only?.namespaceSelector).toEqual({
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['seawall'] }],
    });
    // A version that is served later is asked for as well.
    expect(only?.rules.map(({ apiVersions }) => apiVersions)).toEqual(only?.rules.map(() => ['*']));
  });
});

test('the audit may list and watch every kind that the policy knows, and reads nothing one by one', () => {
  interface Rule {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }
  const [role] = parseAllDocuments(textOf('audit', '11-rbac-read.yaml')).map(
    (each) => each.toJS() as { rules?: Rule[] },
  );
  const rules = role?.rules ?? [];
  const followed = rules.filter(({ verbs }) => verbs.includes('watch'));
  const named = followed.flatMap(({ apiGroups, resources }) =>
    apiGroups.flatMap((group) => resources.map((resource) => `${group}/${resource}`)),
  );
  expect(named.toSorted()).toEqual(builtInKinds.map((kind) => `${kind.toLowerCase()}s`).toSorted());
  expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(['list', 'watch']));
});

test('the kustomization lists every file, in order', () => {
  const { resources } = parse(textOf('base', 'kustomization.yaml')) as { readonly resources: readonly string[] };
  expect(resources).toEqual(files);
});

test('every object has the label that the one command of docs/install.md finds it by', () => {
  const labels = objects.map(({ metadata }) => [metadata.name, metadata.labels?.['app.kubernetes.io/name']]);
  expect(labels).toEqual(objects.map(({ metadata }) => [metadata.name, 'seawall']));
});

describe('the policy that is installed', () => {
  test('is the written-out default policy', () => {
    const shipped = parse(textOf('base', '20-policy.yaml')) as { readonly data: Readonly<Record<string, string>> };
    expect(shipped.data).toEqual({ 'policy.yaml': textOf('policy', 'default.yaml') });
  });

  test('of the overlay audit-only refuses, warns of and repairs nothing', () => {
    const { patches } = parse(textOf('overlays', 'audit-only', 'kustomization.yaml')) as {
      readonly patches: readonly { readonly target: { readonly kind: string }; readonly patch: string }[];
    };
    const [patch] = patches.filter(({ target }) => target.kind === 'ConfigMap');
    const [operation] = parse(patch?.patch ?? '') as readonly { readonly value: string }[];
    const { written } = readPolicyText(operation?.value ?? '', 'policy.yaml');
    expect(written.spec).toEqual({ profile: 'observe' });
  });
});

describe('seawall check', () => {
  test('finds nothing in the manifests, by the default policy', async () => {
    const { code, stdout, stderr } = await runCommand(['check', manifests]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^(\d+) objects checked: \1 clean\n$/);
  });

  test("finds nothing in Seawall's own pods by the strict policy", async () => {
    const strict = join(import.meta.dirname, 'strict.yaml');
    const deployment = join(manifestsFolder, '30-deployment.yaml');
    const { code, stdout } = await runCommand(['check', '--policy', strict, '--fail-on', 'audit', deployment]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '1 object checked: 1 clean\n' });
  });
});
