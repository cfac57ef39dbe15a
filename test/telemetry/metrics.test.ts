import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMetrics } from '../../src/telemetry/metrics.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs', 'metrics.md');

async function namesOf(metrics: ReturnType<typeof createMetrics>): Promise<string[]> {
  return [...(await metrics.text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
}

test('every metric has the prefix, a help text, and its unit at the end of its name', async () => {
  const metrics = createMetrics([]);
  metrics.watchInFlight(() => 3);
  metrics.watchPodCache(() => ({ pods: 2, synced: true, full: false, lastContactMs: 4_000 }));
  metrics.watchAudit({ state: () => undefined, failures: () => 0 });
  const text = await metrics.text();
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\w+)$/gm)) {
    expect(name).toMatch(/^seawall_[a-z_]+$/);
    if (type === 'counter') expect(name).toMatch(/_total$/);
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    expect(text).toMatch(new RegExp(`^# HELP ${name} [A-Z1].*\\.$`, 'm'));
  }
  expect(text).toContain('seawall_http_requests_in_flight 3');
  expect([...text.matchAll(/^seawall_pod_cache_(\w+) (.*)$/gm)].map(([, name, value]) => [name, value])).toEqual([
    ['pods', '2'],
    ['synced', '1'],
    ['full', '0'],
    ['last_contact_timestamp_seconds', '4'],
  ]);
});

test('rules that nobody knows are counted together', async () => {
  const metrics = createMetrics(['net-raw']);
  metrics.decision('net-raw', 'deny', 3);
  for (let index = 0; index < 100; index += 1) metrics.decision(`made-up-${index}`, 'deny', 1);
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('seawall_decisions_total{'));
  expect(lines).toEqual([
    'seawall_decisions_total{rule="net-raw",action="deny"} 3',
    'seawall_decisions_total{rule="other",action="deny"} 100',
  ]);
});

test('the policy in force is the only one with info', async () => {
  const metrics = createMetrics([]);
  metrics.policyLoaded({ name: 'one', profile: 'default', exemptions: [] }, 1_000);
  metrics.policyLoaded({ name: 'two', profile: 'strict', exemptions: [] }, 2_000);
  metrics.policyRefused(3_000);
  const text = await metrics.text();
  expect(text).not.toContain('name="one"');
  expect(text).toContain('seawall_policy_info{name="two",profile="strict"} 1');
  expect(text).toContain('seawall_policy_last_reload_successful 0');
  expect(text).toContain('seawall_policy_last_reload_success_timestamp_seconds 2');
  expect(text).toContain('seawall_policy_last_reload_failure_timestamp_seconds 3');
  expect(text).toContain('seawall_policy_reloads_total{result="success"} 2');
});

test('the ends of exemptions are those of the policy in force', async () => {
  const metrics = createMetrics([]);
  const policy = { name: 'one', profile: 'default' };
  const old = { name: 'old', expiresMs: 4_000 };
  metrics.policyLoaded({ ...policy, exemptions: [old, { name: 'cni', expiresMs: 8_000 }] }, 1_000);
  metrics.policyLoaded(
    {
      ...policy,
      exemptions: [
        { name: 'cni', expiresMs: 9_000 },
        { name: 'no-end', expiresMs: undefined },
      ],
    },
    2_000,
  );
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('seawall_exemption_expiry_'));
  expect(lines).toEqual(['seawall_exemption_expiry_timestamp_seconds{exemption="cni"} 9']);
});

test('two servers in one process do not share their numbers', async () => {
  const [one, other] = [createMetrics([]), createMetrics([])];
  one.internalError('validate');
  expect(await other.text()).toContain('seawall_internal_errors_total{route="validate"} 0');
});

test('docs/metrics.md names every metric', async () => {
  expect(existsSync(docs)).toBe(true);
  const page = readFileSync(docs, 'utf8');
  const metrics = createMetrics([]);
  metrics.watchInFlight(() => 0);
  metrics.watchPodCache(() => ({ pods: 0, synced: false, full: false, lastContactMs: 0 }));
  metrics.watchAudit({ state: () => undefined, failures: () => 0 });
  expect((await namesOf(metrics)).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
