import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolicySource } from '../../src/admission/policy-reload.ts';
import { openPolicy } from '../../src/admission/policy-reload.ts';
import { mountedFiles } from '../../src/mounted-files/mounted-files.ts';
import { readPolicyText } from '../../src/policy-file/read.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { Metrics } from '../../src/telemetry/metrics.ts';
import { pod } from '../support/pods.ts';
import type { Certificates } from './webhook-under-test.ts';
import { keptLog, makeCertificates, nowMs, responseOf, reviewOf, startUnderTest } from './webhook-under-test.ts';

let certificates: Certificates;
let root: string;
let metrics: Metrics;
let mounts = 0;

beforeAll(async () => {
  certificates = await makeCertificates();
});
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'seawall-'));
  symlinkSync(join('..data', 'policy.yaml'), join(root, 'policy.yaml'));
  metrics = createMetrics([]);
  clockMs = nowMs;
});
afterEach(() => rmSync(root, { recursive: true }));

const policyText = (name: string, spec: string): string =>
  `apiVersion: seawall.dev/v1alpha1\nkind: Policy\nmetadata: { name: ${name} }\nspec: ${spec}\n`;

/** Replaces the file as the kubelet replaces that of a mounted ConfigMap. */
function mount(text: string | Buffer): void {
  const name = `..${++mounts}`;
  mkdirSync(join(root, name));
  writeFileSync(join(root, name, 'policy.yaml'), text);
  symlinkSync(name, join(root, '..data_tmp'));
  renameSync(join(root, '..data_tmp'), join(root, '..data'));
}

const { log, lines } = keptLog();
let clockMs: number;

function open(): Promise<PolicySource> {
  const file = join(root, 'policy.yaml');
  const parse = (text: string) => readPolicyText(text, 'policy.yaml');
  return openPolicy({ files: mountedFiles([file]), parse, log, metrics, now: () => clockMs });
}

test('a changed file decides from the next request on; a broken one changes nothing and is told', async () => {
  mount(policyText('first', '{}'));
  const source = await open();
  const server = await startUnderTest(certificates, { engine: { policy: source.current } });
  const allowed = async (): Promise<boolean> =>
    responseOf(await server.post('/validate', reviewOf(pod({ hostNetwork: true })))).allowed;
  expect(await allowed()).toBe(false);

  mount(policyText('second', '{ profile: observe }'));
  await source.refresh();
  expect(await allowed()).toBe(true);
  expect(lines().at(-1)).toMatchObject({ msg: 'policy reloaded', policy: 'second', profile: 'observe' });

  mount(policyText('third', '{ profil: default }'));
  await source.refresh();
  expect(await allowed()).toBe(true);
  expect(source.current().name).toBe('second');
  const line = lines().at(-1);
  expect(line).toMatchObject({ level: 'error', policy: 'second', msg: 'policy refused, the last good one stays' });
  expect(line?.['reason']).toMatch(/policy\.yaml:4:\d+.*spec\.profil.*profile/);
  const text = await metrics.text();
  expect(text).toContain('seawall_policy_info{name="second",profile="observe"} 1');
  expect(text).toContain('seawall_policy_last_reload_successful 0');
  expect(text).toContain(`seawall_policy_last_reload_failure_timestamp_seconds ${nowMs / 1000}`);
  expect(server.webhook.readiness()).toEqual({ ready: true, reasons: [] });

  mount(policyText('fourth', '{}'));
  await source.refresh();
  expect(await allowed()).toBe(false);
  expect(await metrics.text()).toContain('seawall_policy_last_reload_successful 1');
  await server.stop();
});

test('a file that has not changed is not read again', async () => {
  mount(policyText('first', '{}'));
  const source = await open();
  const before = source.current();
  await source.refresh();
  expect(source.current()).toBe(before);
});

test('a file that is gone leaves the last good policy in force', async () => {
  mount(policyText('first', '{}'));
  const source = await open();
  rmSync(join(root, '..data'));
  await source.refresh();
  expect(source.current().name).toBe('first');
  expect(lines().at(-1)?.['reason']).toMatch(/^ENOENT/);
});

test('the first policy must be good: there is none to go on with', async () => {
  mount('kind: Policy\n');
  await expect(open()).rejects.toThrow('policy.yaml:1:');
});

test('what the owner of the policy should know is logged at every load, and again as days pass', async () => {
  const dayMs = 24 * 60 * 60 * 1000;
  const exempting = (expires: string): string =>
    `{ exemptions: [{ name: cni, reason: x, owner: platform, expires: ${expires}, rules: [host-network], namespaces: [a] }] }`;
  const from = lines().length;
  const told = (): unknown[] =>
    lines()
      .slice(from)
      .filter(({ level }) => level === 'warn')
      .map(({ policy, field, msg }) => [policy, field, msg]);
  const field = 'spec.exemptions[0].expires';
  const remedy = 'take it out, or let platform give it a new day';
  mount(policyText('first', exempting('2026-12-07')));
  const source = await open();
  const expected: unknown[] = [['first', field, `exemption "cni" ends in 14 days; ${remedy}`]];
  expect(told()).toEqual(expected);
  expect(await metrics.text()).toContain(
    `seawall_exemption_expiry_timestamp_seconds{exemption="cni"} ${Date.UTC(2026, 11, 8) / 1000}`,
  );

  clockMs += 13 * dayMs;
  source.warn();
  expected.push(['first', field, `exemption "cni" ends in 1 day; ${remedy}`]);
  expect(told()).toEqual(expected);

  mount(policyText('second', exempting('2026-12-01')));
  await source.refresh();
  expected.push(['second', field, `exemption "cni" has ended and covers nothing; ${remedy}`]);
  expect(told()).toEqual(expected);

  mount(policyText('third', exempting('2027-12-01')));
  await source.refresh();
  source.warn();
  expect(told()).toEqual(expected);
  expect(await metrics.text()).toContain(
    `seawall_exemption_expiry_timestamp_seconds{exemption="cni"} ${Date.UTC(2027, 11, 2) / 1000}`,
  );
});

test('a file with a byte that is not UTF-8 is refused, as by check: no name in it is guessed', async () => {
  mount(policyText('first', '{}'));
  const source = await open();
  const bytes = Buffer.from(policyText('secXnd', '{ profile: observe }'));
  bytes[bytes.indexOf('X')] = 0xff;
  mount(bytes);
  await source.refresh();
  expect(source.current().name).toBe('first');
  expect(lines().at(-1)).toMatchObject({
    level: 'error',
    reason: 'the policy file is not UTF-8',
    msg: 'policy refused, the last good one stays',
  });
});
