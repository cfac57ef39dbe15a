import { refusalConditions } from '../../src/compile/match-conditions.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { coverageOf, repairsPods } from '../../src/audit/coverage.ts';
import type { WorkloadResource } from '../../src/audit/workload-resources.ts';
import { registeredWebhooks } from '../../src/audit/webhooks.ts';
import { selects } from '../../src/policy/label-selector.ts';
import { issueAuthority } from '../../src/certificates/issue.ts';
import { readManifest } from '../../src/manifest/read.ts';
import { defaultPolicy, parsePolicy } from '../../src/policy/policy.ts';
import type { Fields } from '../support/pods.ts';
import { nowMs } from './ledger-under-test.ts';

const resources: readonly WorkloadResource[] = [
  { group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments', namespaced: true },
  {
    group: 'argoproj.io',
    version: 'v1alpha1',
    kind: 'ClusterWorkflowTemplate',
    resource: 'clusterworkflowtemplates',
    namespaced: false,
  },
];
const named = (name: string, labels: Fields = {}) => ({
  name,
  labels: { 'kubernetes.io/metadata.name': name, ...labels },
});
const shop = [named('shop')];
const policyOf = (spec: object) =>
  parsePolicy({ apiVersion: 'seawall.dev/v1alpha1', kind: 'Policy', metadata: { name: 'p' }, spec });

const rules = [{ operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }];
const clientConfig = {
  service: { namespace: 'seawall', name: 'seawall' },
  caBundle: Buffer.from('x').toString('base64'),
};

/** A configuration with one webhook. */
function configuration(fields: Fields = {}): Fields {
  const webhook = {
    name: 'pods.seawall.dev',
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    clientConfig,
    rules,
    ...fields,
  };
  return { metadata: { name: 'seawall-pods' }, webhooks: [webhook] };
}

/** The row of pods. */
function pods(webhook: Fields, policy = defaultPolicy(), namespaces = shop) {
  const webhooks = registeredWebhooks(configuration(webhook), 'validating', nowMs);
  const { state, reason } = coverageOf(namespaces, [], webhooks, policy).find(({ way }) => way === 'pods') ?? {};
  return reason === undefined ? state : `${state}: ${reason}`;
}

const notSeawall = [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['seawall', 'shop'] }];

test.each<[string, Fields, string]>([
  ['as it should be', {}, 'enforced'],
  ['of someone else', { name: 'pods.example.com' }, 'open: no webhook of Seawall is asked about it'],
  [
    'for other resources',
    { rules: [{ ...rules[0], resources: ['services'] }] },
    'open: no webhook of Seawall is asked about it',
  ],
  [
    'for no UPDATE',
    { rules: [{ ...rules[0], operations: ['CREATE'] }] },
    'open: no webhook of Seawall is asked about it',
  ],
  [
    'for everything',
    { rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }] },
    'enforced',
  ],
  [
    'for objects of the cluster',
    { rules: [{ ...rules[0], scope: 'Cluster' }] },
    'open: no webhook of Seawall is asked about it',
  ],
  [
    'for another version, to the letter',
    { rules: [{ ...rules[0], apiVersions: ['v2'] }], matchPolicy: 'Exact' },
    'open: seawall-pods: matchPolicy Exact, and v1 is not among its versions',
  ],
  ['for another version, and what is like it', { rules: [{ ...rules[0], apiVersions: ['v2'] }] }, 'enforced'],
  [
    'that leaves the namespace out',
    { namespaceSelector: { matchExpressions: notSeawall } },
    'open: seawall-pods: its namespaceSelector leaves the namespace out',
  ],
  [
    'that chooses by labels of the object',
    { objectSelector: { matchLabels: { a: 'b' } } },
    'open: seawall-pods: its objectSelector lets objects through by labels, which their author writes',
  ],
  [
    'with conditions',
    { matchConditions: [{ name: 'a', expression: 'true' }] },
    'warned: seawall-pods: its matchConditions are not those of this policy: what it refuses may get through',
  ],
  [
    'with as many conditions of others as the policy has',
    { matchConditions: ['a', 'b', 'c'].map((name) => ({ name, expression: 'false' })) },
    'warned: seawall-pods: its matchConditions are not those of this policy: what it refuses may get through',
  ],
  ['with the conditions of the policy', { matchConditions: refusalConditions(defaultPolicy()).conditions }, 'enforced'],
  [
    'with those and one more',
    { matchConditions: [...refusalConditions(defaultPolicy()).conditions, { name: 'mine', expression: 'false' }] },
    'warned: seawall-pods: its matchConditions are not those of this policy: what it refuses may get through',
  ],
  [
    'that fails open',
    { failurePolicy: 'Ignore' },
    'warned: seawall-pods: failurePolicy Ignore lets everything through while Seawall does not answer',
  ],
  [
    'without a caBundle, failing open',
    { failurePolicy: 'Ignore', clientConfig: { service: {} } },
    'open: seawall-pods: its caBundle is absent, and failurePolicy Ignore lets everything through',
  ],
  [
    'without a caBundle',
    { clientConfig: { service: {} } },
    'enforced: seawall-pods: its caBundle is absent, and failurePolicy Fail refuses everything',
  ],
  ['by URL, known by the roots of the system', { clientConfig: { url: 'https://seawall.example' } }, 'enforced'],
])('a webhook %s', (_, webhook, expected) => {
  expect(pods(webhook)).toBe(expected);
});

test('a caBundle that has ended', async () => {
  const { cert } = await issueAuthority('old', nowMs - 4 * 365 * 24 * 3_600_000);
  const caBundle = Buffer.from(cert).toString('base64');
  expect(pods({ clientConfig: { service: {}, caBundle } })).toBe(
    'enforced: seawall-pods: its caBundle has ended, and failurePolicy Fail refuses everything',
  );
});

test.each<[string, object, string, string]>([
  [
    'the default policy',
    {},
    'enforced',
    'warned: seawall-pods: the policy says workloads: warn; their pods are judged',
  ],
  ['workloads: deny', { workloads: 'deny' }, 'enforced', 'enforced'],
  [
    'workloads: audit',
    { workloads: 'audit' },
    'enforced',
    'open: seawall-pods: the policy says workloads: audit; their pods are judged',
  ],
  [
    'the profile observe',
    { profile: 'observe' },
    'open: seawall-pods: the policy refuses and warns of nothing',
    'open: seawall-pods: the policy says workloads: audit; their pods are judged',
  ],
])('%s', (_, spec, ofPods, ofDeployments) => {
  const all = { rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }] };
  const webhooks = registeredWebhooks(configuration(all), 'validating', nowMs);
  const rows = coverageOf(shop, resources, webhooks, policyOf(spec));
  const told = (name: string) =>
    rows
      .filter(({ way }) => way === name)
      .map(({ state, reason }) => (reason === undefined ? state : `${state}: ${reason}`));
  expect(told('pods')).toEqual([ofPods]);
  expect(told('Deployment.apps')).toEqual([ofDeployments]);
  expect(told('ClusterWorkflowTemplate.argoproj.io')).toHaveLength(1);
});

test('exec is guarded as far as rules for exec are in force, and pods as far as those for pods are', () => {
  const all = { rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }] };
  const webhooks = registeredWebhooks(configuration(all), 'validating', nowMs);
  const states = (spec: object) =>
    coverageOf(shop, [], webhooks, policyOf(spec)).flatMap(({ way, state }) =>
      way === 'pods' || way === 'pods/exec' ? [`${way} ${state}`] : [],
    );
  const exec = (action: string) => ({ rules: { 'network-tool-exec': { action } } });
  expect(states(exec('off'))).toEqual(['pods enforced', 'pods/exec open']);
  expect(states({ profile: 'observe', ...exec('deny') })).toEqual(['pods open', 'pods/exec enforced']);
});

/** The webhooks of a manifest that is shipped, with a caBundle as Seawall fills it in. */
function shipped(file: string, kind: 'validating' | 'mutating') {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'manifests', 'base', file), 'utf8');
  return [...readManifest(text)].flatMap((entry) => {
    const { webhooks } = (entry.ok ? entry.document.value : {}) as { webhooks: Fields[] };
    const filled = webhooks.map((webhook) => ({ ...webhook, clientConfig }));
    return registeredWebhooks({ metadata: { name: file }, webhooks: filled }, kind, nowMs);
  });
}

test('the webhooks that are shipped: pods are guarded everywhere but in the namespace of Seawall, templates are warned of', () => {
  const webhooks = [
    ...shipped('50-webhook-pods.yaml', 'validating'),
    ...shipped('51-webhook-workloads.yaml', 'validating'),
    ...shipped('52-webhook-repair.yaml', 'mutating'),
  ];
  const rows = coverageOf([named('shop'), named('seawall')], resources, webhooks, defaultPolicy());
  expect(rows.map(({ namespace, way, state }) => `${namespace} ${way} ${state}`)).toEqual([
    'shop pods enforced',
    'shop pods/ephemeralcontainers enforced',
    'shop pods/exec enforced',
    'shop pods/attach enforced',
    'shop Deployment.apps warned',
    'seawall pods open',
    'seawall pods/ephemeralcontainers open',
    'seawall pods/exec open',
    'seawall pods/attach open',
    'seawall Deployment.apps open',
    ' ClusterWorkflowTemplate.argoproj.io warned',
    ' static pods open',
    ' nodes/proxy open',
  ]);
  expect(repairsPods(webhooks)).toBe(true);
});

test.each<[string, Fields, boolean]>([
  ['everywhere', {}, true],
  ['not in a namespace where pods are refused', { namespaceSelector: { matchExpressions: notSeawall } }, false],
  ['only what its author has not labelled', { objectSelector: { matchLabels: { a: 'b' } } }, false],
  ['not yet, without a caBundle', { clientConfig: { service: {} } }, false],
])('a mutating webhook that repairs %s', (_, fields, expected) => {
  const webhooks = [
    ...registeredWebhooks(configuration(), 'validating', nowMs),
    ...registeredWebhooks(configuration(fields), 'mutating', nowMs),
  ];
  expect(repairsPods(webhooks, shop)).toBe(expected);
});

test.each<[string, Fields, boolean]>([
  ['nothing', {}, true],
  ['a label', { matchLabels: { a: 'b' } }, true],
  ['another value', { matchLabels: { a: 'c' } }, false],
  ['In', { matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }, true],
  ['In, of what is absent', { matchExpressions: [{ key: 'z', operator: 'In', values: ['b'] }] }, false],
  ['NotIn', { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['b'] }] }, false],
  ['NotIn, of what is absent', { matchExpressions: [{ key: 'z', operator: 'NotIn', values: ['b'] }] }, true],
  ['Exists', { matchExpressions: [{ key: 'a', operator: 'Exists' }] }, true],
  ['DoesNotExist', { matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] }, false],
  ['an inherited name', { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, false],
])('a selector of %s', (_, selector, expected) => {
  expect(selects(selector, { a: 'b' })).toBe(expected);
});
