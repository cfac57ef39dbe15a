import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPolicyText } from '../../src/policy-file/read.ts';
import { runCommand } from '../support/command-io.ts';
import type { Fields } from '../support/pods.ts';
import { container, list, podSpec } from '../support/pods.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seawall-audit-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const object = (apiVersion: string, kind: string, name: string, fields: Fields, owner?: Fields): Fields => ({
  apiVersion,
  kind,
  metadata: {
    namespace: 'shop',
    name,
    uid: `uid-${kind}-${name}`,
    ...(owner === undefined ? {} : { ownerReferences: [{ ...owner, controller: true }] }),
  },
  ...fields,
});
const hostNetwork = podSpec({ hostNetwork: true, containers: [container({ image: 'registry.corp.example/agent:1' })] });
const template = { spec: { template: { spec: hostNetwork } } };
const daemonSet = object('apps/v1', 'DaemonSet', 'agent', template);
const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'uid-DaemonSet-agent' };
const agentPod = (name: string) => object('v1', 'Pod', name, { spec: hostNetwork }, owner);
const dump = list(
  agentPod('agent-1'),
  agentPod('agent-2'),
  daemonSet,
  object('v1', 'Pod', 'good', { spec: podSpec() }),
);

interface Told {
  readonly summary: Fields;
  readonly namespace?: string;
  readonly findings: readonly {
    readonly delta?: string;
    readonly firstSeen?: string;
    readonly rule: string;
    readonly fingerprint: string;
  }[];
  readonly deltas?: { readonly new: number; readonly unchanged: number; readonly fixed: readonly Fields[] };
  readonly exemptions: readonly Fields[];
  readonly recreateRisk: readonly { readonly remedy: string; readonly pods: number }[];
  readonly coverage?: readonly Fields[];
}

async function audit(args: readonly string[], input: { stdin?: string; nowMs?: number } = {}) {
  const result = await runCommand(['audit', ...args], input);
  return { ...result, report: result.stdout.startsWith('{') ? (JSON.parse(result.stdout) as Told) : undefined };
}

test('a dump: findings on owners, exit code 0 without --fail-on', async () => {
  const file = write('dump.json', dump);
  const { code, stdout, stderr } = await audit(['--from', file]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('DaemonSet shop/agent\n');
  expect(stdout).toContain('2 objects checked: 1 denied, 1 clean');
  expect(stdout).not.toContain('agent-1\n');
});

test('standard input, a directory, and several of each', async () => {
  const [daemonSetFile, pods] = [write('a.json', daemonSet), write('b.json', list(agentPod('agent-1')))];
  const single = await audit(['--from', '-', '-o', 'json'], { stdin: JSON.stringify(dump) });
  expect(single.report?.summary).toMatchObject({ objects: 2, denied: 1 });
  const both = await audit(['--from', daemonSetFile, '--from', pods, '-o', 'json']);
  const whole = await audit(['--from', folder, '-o', 'json']);
  expect(whole.report?.summary).toMatchObject({ objects: 1, denied: 1 });
  expect(whole.report?.findings).toEqual(both.report?.findings);
});

test('only one namespace', async () => {
  const file = write('dump.json', dump);
  expect((await audit(['--from', file, '-n', 'other', '-o', 'json'])).report?.summary).toMatchObject({ objects: 0 });
  expect((await audit(['--from', file, '-n', 'shop', '-o', 'json'])).report?.summary).toMatchObject({ objects: 2 });
});

test('of one namespace: it is named, coverage is of it alone, and nothing is said of what may be used elsewhere', async () => {
  write('dump.json', dump);
  const namespaces = ['shop', 'other'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  write('namespaces.json', list(...namespaces));
  write('webhook.yaml', webhookText());
  const exemption = 'exemptions: [{ name: x, reason: r, owner: o, rules: [host-pid], namespaces: [other] }]';
  const flags = ['--from', folder, '--policy', writePolicy(exemption)];
  const one = await audit([...flags, '-n', 'shop', '-o', 'json']);
  expect(one.report?.namespace).toBe('shop');
  expect(new Set(one.report?.coverage?.map(({ namespace }) => namespace))).toEqual(new Set(['shop', '']));
  expect((await audit([...flags, '-n', 'shop'])).stdout).toContain('exemption x of o is not used in what was seen\n');
  expect((await audit(flags)).stdout).toContain('exemption x of o is not used\n');
});

test('an object without uid and namespace goes to the default one, and is told there as check tells it', async () => {
  const file = write('pod.json', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: hostNetwork });
  const { report } = await audit(['--from', file, '-o', 'json']);
  const { stdout } = await runCommand(['check', file, '-o', 'json']);
  const fingerprints = ({ findings }: Told) => findings.map(({ fingerprint }) => fingerprint);
  expect(fingerprints(report as Told)).toEqual(fingerprints(JSON.parse(stdout) as Told));
  expect((await audit(['--from', file])).stdout).toContain('Pod default/a\n');
});

test('Lists that nobody looks into are told', async () => {
  const nested = (depth: number): string =>
    `${'{"kind":"List","items":['.repeat(depth)}${JSON.stringify(agentPod('a'))}${']}'.repeat(depth)}`;
  expect((await audit(['--from', '-'], { stdin: nested(128) })).stdout).toContain('1 denied');
  const { code, stderr } = await audit(['--from', '-'], { stdin: nested(129) });
  expect({ code, stderr }).toEqual({
    code: 4,
    stderr: '<stdin>:1:1: error: more than 128 Lists stand in each other\n',
  });
});

test('a file of nothing is no dump: a command that failed leaves one', async () => {
  write('pods.json', '');
  const { code, stderr } = await audit(['--from', folder, '--enforce-check']);
  expect(code).toBe(4);
  expect(stderr).toBe(
    `${join(folder, 'pods.json')}:1:1: error: it is empty, and no dump\n` +
      'nothing that was seen to run would be refused if it were created now; not everything was seen\n',
  );
  const nothing = await audit(['--from', write('pods.json', list())]);
  expect([nothing.code, nothing.stderr]).toEqual([0, '']);
});

test.each<[string, readonly string[], number]>([
  ['findings that are denied', ['--fail-on', 'deny'], 3],
  ['findings of any action', ['--fail-on', 'audit'], 3],
  ['nothing to fail on', [], 0],
  ['what would be refused', ['--enforce-check'], 3],
])('exit code for %s', async (_, flags, code) => {
  expect((await audit(['--from', write('dump.json', dump), ...flags])).code).toBe(code);
});

test('what cannot be read: a line, exit code 4, and 0 with --allow-partial', async () => {
  write('good.json', dump);
  const broken = write('broken.json', '{"kind": ');
  const { code, stderr, stdout } = await audit(['--from', folder]);
  expect(code).toBe(4);
  expect(stderr).toMatch(new RegExp(`^${broken}:1:\\d+: error: .+\n$`));
  expect(stdout).toContain('not readable');
  expect((await audit(['--from', folder, '--allow-partial'])).code).toBe(0);
});

test.each<[string, readonly string[], string]>([
  ['--fail-on-new without a baseline', ['--fail-on-new'], 'seawall: --fail-on-new goes with --baseline\n'],
  ['report objects of a dump', ['--write-reports'], 'seawall: --write-reports goes with a cluster, not with --from\n'],
  [
    'an API of reports that there is not',
    ['--report-api', 'v2'],
    'Allowed choices are auto, openreports, wgpolicy, none.',
  ],
  ['a namespace without a name', ['-n', ''], 'give the name of a namespace.'],
  ['both kinds of namespace', ['-A', '-n', 'x'], 'error: --all-namespaces and --namespace do not go together'],
  ['a time that is none', ['--request-timeout', 'soon'], 'give a duration such as 30s or 2m.'],
  ['no requests at all', ['--qps', '0'], 'give a number from 1 to 9999.'],
])('usage: %s', async (_, flags, words) => {
  const { code, stderr } = await audit(['--from', '-', ...flags], { stdin: '{}' });
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});

test.each([
  ['nothing', 'profile: observe'],
  ['nothing but an exec', 'profile: observe\nrules: { network-tool-exec: { action: deny } }'],
])('--enforce-check by a policy that refuses %s would say yes to any pod', async (_, spec) => {
  const policy = write('policy.yaml', policyText(spec));
  const { code, stderr } = await audit(['--from', '-', '--enforce-check', '--policy', policy], { stdin: '{}' });
  expect(code).toBe(2);
  expect(stderr).toBe('seawall: --enforce-check: this policy refuses no pod; name the one to switch to (--policy)\n');
});

function writePolicy(spec: string): string {
  return write('policy.own', policyText(spec));
}

function webhookText(): string {
  return readFileSync(join(import.meta.dirname, '..', '..', 'manifests', 'base', '50-webhook-pods.yaml'), 'utf8');
}

function policyText(spec: string): string {
  return `apiVersion: seawall.dev/v1alpha1\nkind: Policy\nmetadata: { name: own }\nspec:\n  ${spec.replaceAll('\n', '\n  ')}\n`;
}

test('the stub that --enforce-check prints is refused as it stands, and covers its owner once it is filled in', async () => {
  const file = write('dump.json', dump);
  const { stderr } = await audit(['--from', file, '--enforce-check']);
  expect(stderr).toBe(
    `# DaemonSet shop/agent: 2 pods would be refused (host-network)
- name: shop-daemonset-agent
  reason: ""
  owner: ""
  expires: ""
  rules: [host-network]
  namespaces: ["shop"]
  images: ["registry.corp.example/agent"]
`,
  );
  const stub = stderr.slice(stderr.indexOf('- name'));
  expect(() => readPolicyText(policyText(`exemptions:\n${stub}`), 'stub')).toThrow();
  const filled = stub
    .replace('reason: ""', 'reason: It watches the network')
    .replace('owner: ""', 'owner: net')
    .replace('expires: ""', 'expires: 2027-01-01');
  const policy = write('policy.yaml', policyText(`exemptions:\n${filled}`));
  const after = await audit(['--from', file, '--enforce-check', '--policy', policy, '-o', 'json']);
  expect(after.code).toBe(0);
  expect(after.stderr).toBe('nothing that runs would be refused if it were created now\n');
  expect(after.report?.exemptions).toEqual([
    {
      name: 'shop-daemonset-agent',
      owner: 'net',
      reason: 'It watches the network',
      expires: '2027-01-01',
      state: 'used',
      findings: 1,
    },
  ]);
});

/** The stubs for a dump as `--enforce-check` prints them, with their answers filled in. */
async function filledStubs(file: string): Promise<string> {
  const { stderr } = await audit(['--from', file, '--enforce-check']);
  return stderr
    .replaceAll('reason: ""', 'reason: r')
    .replaceAll('owner: ""', 'owner: o')
    .replaceAll('expires: ""', 'expires: 2027-01-01');
}

test('the stubs of many owners are one policy, and cover each of them by no more than it has', async () => {
  const long = 'payment-processor-of-the-european-region-of-the-shop';
  const workload = (apiVersion: string, kind: string, name: string, spec: Fields): Fields =>
    object(apiVersion, kind, name, { spec });
  const onHost = { template: { spec: hostNetwork } };
  const imageVolume = { name: 'tools', image: { reference: 'nicolaka/netshoot:v1' } };
  const { metadata, ...rest } = object('v1', 'Pod', 'without-uid', { spec: hostNetwork });
  const file = write(
    'dump.json',
    list(
      workload('apps/v1', 'Deployment', `${long}-blue`, onHost),
      workload('apps/v1', 'Deployment', `${long}-green`, onHost),
      workload('apps/v1', 'StatefulSet', 'namesake', onHost),
      workload('apps.kruise.io/v1', 'StatefulSet', 'namesake', onHost),
      workload('kubeflow.org/v1', 'TFJob', 'replicas', { tfReplicaSpecs: { Worker: onHost } }),
      workload('argoproj.io/v1alpha1', 'Workflow', 'steps', {
        templates: [{ name: 'scan', container: { image: 'corp/scan', command: ['nmap'] } }],
      }),
      object('v1', 'Pod', 'volume', { spec: podSpec({ volumes: [imageVolume] }) }),
      object('v1', 'Pod', 'ids', { spec: podSpec({ hostPID: true, hostIPC: true }) }),
      { ...rest, metadata: { ...(metadata as Fields), namespace: undefined, uid: undefined } },
    ),
  );
  const stubs = await filledStubs(file);
  expect(stubs).toContain('images: ["docker.io/nicolaka/netshoot"]');
  expect(stubs.split('\n').filter((line) => line.startsWith('  namespaces'))).toHaveLength(
    stubs.split('- name').length - 1,
  );
  const after = await audit(['--from', file, '--enforce-check', '--policy', writePolicy(`exemptions:\n${stubs}`)]);
  expect(after).toMatchObject({ code: 0, stderr: 'nothing that runs would be refused if it were created now\n' });
});

test('the name of an exemption that the policy has is not given again', async () => {
  const file = write('dump.json', list(object('v1', 'Pod', 'a', { spec: hostNetwork })));
  const has = '- { name: shop-pod-a, reason: r, owner: o, rules: [host-port], namespaces: [other] }';
  const { stderr } = await audit(['--from', file, '--enforce-check', '--policy', writePolicy(`exemptions:\n${has}`)]);
  expect(stderr).toContain('- name: shop-pod-a-2\n');
});

test('a repair is promised only where check makes it', async () => {
  const containers = [container({ securityContext: { capabilities: { add: ['NET_RAW'] } } })];
  const file = write('pod.json', object('v1', 'Pod', 'a', { spec: podSpec({ hostPID: true, containers }) }));
  const { stderr } = await audit(['--from', file, '--enforce-check']);
  expect(stderr).toContain('# net-raw: `seawall check --fix` mends its manifest\n- name: shop-pod-a\n');
  expect(stderr).toContain('  rules: [host-pid]\n');
});

test('what the mutating webhook would repair is a risk where no such webhook is in the dump', async () => {
  const policy = writePolicy('rules: { host-pid: { fix: true } }');
  const file = write('pod.json', object('v1', 'Pod', 'a', { spec: podSpec({ hostPID: true }) }));
  const flags = ['--from', file, '--enforce-check', '--policy', policy];
  expect((await audit(flags)).code).toBe(3);
  const clientConfig = { service: {}, caBundle: Buffer.from('x').toString('base64') };
  const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }];
  const webhook = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'seawall-repair', uid: 'u' },
    webhooks: [{ name: 'repair.seawall.dev', clientConfig, rules }],
  };
  expect((await audit([...flags, '--from', write('webhook.json', webhook)])).code).toBe(0);
});

test('where nothing is at risk, what is refused all the same is told for what it may be', async () => {
  const ended = { spec: hostNetwork, status: { phase: 'Succeeded' } };
  const { stderr, code } = await audit([
    '--from',
    write('pod.json', object('v1', 'Pod', 'a', ended)),
    '--enforce-check',
  ]);
  expect({ stderr, code }).toEqual({
    code: 0,
    stderr:
      'nothing that runs would be refused if it were created now; 1 object with findings to refuse is scaled to zero, ended, a mirror pod, or repaired at admission\n',
  });
});

test('exemptions that are used, unused, expiring and expired', async () => {
  const exemption = (name: string, namespace: string, expires: string) =>
    `- { name: ${name}, reason: r, owner: o, expires: ${expires}, rules: [host-network], namespaces: [${namespace}] }`;
  const exemptions = [
    exemption('expired', 'shop', '2026-11-01'),
    exemption('expiring', 'shop', '2026-11-30'),
    exemption('unused', 'other', '2027-11-30'),
  ];
  const policy = write('policy.yaml', policyText(`exemptions:\n${exemptions.join('\n')}`));
  const { report } = await audit(['--from', write('dump.json', dump), '--policy', policy, '-o', 'json']);
  expect(report?.exemptions.map(({ name, state, findings }) => [name, state, findings])).toEqual([
    ['expired', 'expired', 0],
    ['expiring', 'expiring', 1],
    ['unused', 'unused', 0],
  ]);
});

const dayMs = 24 * 3_600_000;
const today = Date.UTC(2026, 10, 24);

test('against a baseline: new, unchanged and fixed; when it was first seen is kept', async () => {
  const before = write('dump.json', dump);
  const baseline = join(folder, 'baseline.report');
  await audit(['--from', before, '--out', `json=${baseline}`], { nowMs: today - dayMs });
  const same = await audit(['--from', before, '--baseline', baseline, '--fail-on-new', '-o', 'json']);
  expect(same.code).toBe(0);
  expect(same.report?.deltas).toEqual({ baseline, new: 0, unchanged: 1, fixed: [] });
  expect(same.report?.findings).toMatchObject([{ delta: 'unchanged', firstSeen: '2026-11-23T00:00:00.000Z' }]);

  const other = object('v1', 'Pod', 'other', { spec: podSpec({ hostPID: true }) });
  const after = write('after.json', list(other));
  const changed = await audit(['--from', after, '--baseline', baseline, '--fail-on-new', '-o', 'json']);
  expect(changed.code).toBe(3);
  expect(changed.report?.deltas).toMatchObject({ new: 1, unchanged: 0 });
  expect(changed.report?.deltas?.fixed).toMatchObject([
    { rule: 'host-network', object: { kind: 'DaemonSet', name: 'agent' } },
  ]);
  expect(changed.report?.findings).toMatchObject([{ delta: 'new', firstSeen: '2026-11-24T00:00:00.000Z' }]);
});

test('an audit of one namespace does not say that what stands in others is fixed', async () => {
  const baseline = join(folder, 'baseline.report');
  const pod = (namespace: string): Fields => {
    const { metadata, ...rest } = object('v1', 'Pod', 'a', { spec: hostNetwork });
    return { ...rest, metadata: { ...(metadata as Fields), namespace } };
  };
  await audit(['--from', write('dump.json', list(pod('shop'), pod('bank'))), '--out', `json=${baseline}`]);
  const flags = ['--baseline', baseline, '-n', 'shop', '-o', 'json'];
  const same = await audit(['--from', join(folder, 'dump.json'), ...flags]);
  expect(same.report?.deltas).toEqual({ baseline, new: 0, unchanged: 1, fixed: [] });
  const gone = await audit(['--from', write('dump.json', list(pod('bank'))), ...flags]);
  expect(gone.report?.deltas?.fixed).toMatchObject([{ object: { namespace: 'shop' } }]);
});

test.each<[string, readonly string[], string]>([
  ['partial', [], 'is partial'],
  ['of one namespace', ['-n', 'other'], 'is of namespace other alone'],
])('a baseline that is %s: what is new may be old, and that is said', async (what, flags, why) => {
  const baseline = join(folder, 'baseline.report');
  const before = write('before.json', what === 'partial' ? '{' : list());
  await audit(['--from', before, ...flags, '--out', `json=${baseline}`]);
  const { stderr } = await audit(['--from', write('dump.json', dump), '--baseline', baseline]);
  expect(stderr).toBe(`${baseline} ${why}: what was not seen for it is told as new\n`);
});

test('a partial scan does not say what is fixed', async () => {
  const baseline = join(folder, 'baseline.report');
  await audit(['--from', write('dump.json', dump), '--out', `json=${baseline}`]);
  const { code, stderr, report } = await audit(['--from', write('x.json', '{'), '--baseline', baseline, '-o', 'json']);
  expect(code).toBe(4);
  expect(report?.deltas?.fixed).toEqual([]);
  expect(stderr).toContain('the scan is partial: what is fixed since the baseline cannot be told\n');
});

test.each([
  ['no JSON', 'kind: Report'],
  ['no report', '{"kind":"Pod"}'],
])('a baseline that is %s', async (_, content) => {
  const baseline = write('baseline', content);
  const { code, stderr } = await audit(['--from', '-', '--baseline', baseline], { stdin: '{}' });
  expect(code).toBe(1);
  expect(stderr).toMatch(
    new RegExp(`^seawall: ${baseline}: it is no .+; a baseline is an earlier report in the format json\n$`),
  );
});

test('a dump with namespaces and webhooks tells what they cover', async () => {
  write('webhook.yaml', webhookText());
  write('namespaces.json', list({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid: 'u' } }));
  const { report } = await audit(['--from', folder, '-o', 'json']);
  expect(report?.coverage).toContainEqual({
    namespace: 'shop',
    way: 'pods',
    state: 'enforced',
    reason: 'seawall-pods: its caBundle is absent, and failurePolicy Fail refuses everything',
  });
});

test('without a cluster and without --from: what is missing, and exit code 1', async () => {
  const { code, stderr } = await runCommand(['audit'], { env: { HOME: folder } });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^seawall: no cluster: this is no pod, and .+\n$/);
});

test('a server that is not there: exit code 1, at once', async () => {
  const cluster = { server: 'https://127.0.0.1:1' };
  const kubeconfig = write('kubeconfig', {
    'current-context': 'gone',
    clusters: [{ name: 'gone', cluster }],
    users: [{ name: 'me', user: { token: 't' } }],
    contexts: [{ name: 'gone', context: { cluster: 'gone', user: 'me' } }],
  });
  const { code, stdout, stderr } = await runCommand(['audit', '--kubeconfig', kubeconfig]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^seawall: GET \/version: no answer from https:\/\/127\.0\.0\.1:1: .+\n$/);
});
