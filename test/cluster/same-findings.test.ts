/*
 * Needs the control plane level. The same pods give the same findings at all three doors: in a file before `seawall check`,
 * as the API server sends them to the webhook, and as it has stored them before `seawall audit`.
 * SEAWALL_PODS and SEAWALL_SEED choose how many pods, and which.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Policy } from '../../src/policy/policy.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { ruleDefinitions } from '../../src/policy/rules/index.ts';
import { arbitraryCommandPod, arbitraryRulePod } from '../support/arbitrary-command-pods.ts';
import { arbitraryExactPod } from '../support/arbitrary-exact-pods.ts';
import { runCommand } from '../support/command-io.ts';
import type { Fields } from '../support/pods.ts';
import { podSpec } from '../support/pods.ts';
import { startSeawall } from './guarded-cluster.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import { inParallel } from './in-parallel.ts';
import { webhookConfigurations } from './webhook-configurations.ts';

const generated = Number(process.env['SEAWALL_PODS'] ?? 150);
const seed = Number(process.env['SEAWALL_SEED'] ?? Date.now() % 1_000_000_000);
const podsPath = '/api/v1/namespaces/default/pods';

const denyAll = Object.fromEntries(ruleDefinitions.map(({ id }) => [id, { action: 'deny' }]));
const policies: readonly (readonly [string, Fields])[] = [
  ['of which every rule denies', { rules: denyAll }],
  ['default', {}],
  ['strict', { profile: 'strict' }],
];

/** What a door says of one pod: `rule path: message` of what is denied, `rule path` of what is warned of. */
interface Said {
  readonly denied: readonly string[];
  readonly warned: readonly string[];
}

interface Told {
  readonly rule: string;
  readonly action: string;
  readonly path: string;
  readonly message: string;
  readonly object: { readonly name: string };
}

const sorted = (lines: Iterable<string>): readonly string[] => [...new Set(lines)].sort();

function saidOf(findings: readonly Told[]): Said {
  const of = (action: string) => findings.filter((finding) => finding.action === action);
  return {
    denied: sorted(of('deny').map(({ rule, path, message }) => `${rule} ${path}: ${message}`)),
    warned: sorted(of('warn').map(({ rule, path }) => `${rule} ${path}`)),
  };
}

describeLevel('control plane', 'the same pods before check, webhook and audit', () => {
  let cluster: ControlPlane;
  let folder: string;
  let seawall: Awaited<ReturnType<typeof startSeawall>>;
  let inForce: Policy;
  /** The pods that the API server takes, as they were sent. */
  let pods: readonly Fields[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seawall-same-'));
    cluster = await startControlPlane();
    const sent = [arbitraryRulePod, arbitraryExactPod, arbitraryCommandPod]
      .flatMap((arbitrary) => fc.sample<Fields>(arbitrary, { numRuns: generated, seed }))
      .map((pod, index) => named(pod, `p${index}`));
    const statuses = await inParallel(8, sent, async (pod) => (await cluster.request('POST', podsPath, pod)).status);
    pods = sent.filter((_, index) => statuses[index] === 201);
    inForce = parsed({});
    seawall = await startSeawall(cluster, () => inForce);
    const address = { url: `https://127.0.0.1:${seawall.webhook.port}`, ca: cluster.ca.certificate };
    await cluster.apply(
      webhookConfigurations(address).filter((each) => 'kind' in each && each.kind === 'ValidatingWebhookConfiguration'),
    );
    const probe = named({ spec: podSpec({ hostNetwork: true }) }, 'probe');
    await waitUntil('the webhook to be asked', async () =>
      (await cluster.request('POST', `${podsPath}?dryRun=All`, probe)).status === 403 ? true : undefined,
    );
  }, startTimeoutMs);
  afterAll(async () => {
    await seawall.webhook.stop({ delayMs: 0, boundMs: 0, wait: () => Promise.resolve() });
    await cluster.stop();
    rmSync(folder, { recursive: true });
  });

  function parsed(spec: Fields): Policy {
    return parsePolicy(policyObject(spec));
  }

  /** What the API server was told by the webhook, as its caller reads it. */
  async function webhookSays(pod: Fields): Promise<Said> {
    const { status, body, headers } = await cluster.request('POST', `${podsPath}?dryRun=All`, pod);
    // A pod that is let through meets itself.
    expect([403, 409]).toContain(status);
    const { details } = body as { details?: { causes?: { reason: string; field: string; message: string }[] } };
    const causes = status === 403 ? (details?.causes ?? []) : [];
    const warnings = String(headers['warning'] ?? '').matchAll(/seawall: ([a-z-]+) (\S+): /g);
    return {
      denied: sorted(causes.map(({ reason, field, message }) => `${reason} ${field}: ${message}`)),
      warned: sorted([...warnings].map(([, rule, path]) => `${rule ?? ''} ${path ?? ''}`)),
    };
  }

  /** What a command says of each pod by name. */
  async function commandSays(...words: readonly string[]): Promise<(pod: Fields) => Said> {
    const { stdout, stderr } = await runCommand([...words, '-o', 'json']);
    if (stdout === '') throw new Error(stderr);
    const { findings } = JSON.parse(stdout) as { readonly findings: readonly Told[] };
    const byName = Map.groupBy(findings, ({ object }) => object.name);
    return (pod) => saidOf(byName.get(nameOf(pod)) ?? []);
  }

  test.each(policies)(
    'the policy %s',
    async (_, spec) => {
      inForce = parsed(spec);
      const [policy, manifest] = [join(folder, 'policy.yaml'), join(folder, 'pods.json')];
      writeFileSync(policy, JSON.stringify(policyObject(spec)));
      // JSON, as it is sent: of YAML some of the white space would be read as another.
      writeFileSync(manifest, pods.map((pod) => JSON.stringify(pod)).join('\n'));
      const checkSays = await commandSays('check', manifest, '--policy', policy);
      const auditSays = await commandSays('audit', '--kubeconfig', cluster.kubeconfig, '--policy', policy);
      const answers = await inParallel(8, pods, webhookSays);

      const rows = pods.map((pod, index) => ({
        pod,
        check: checkSays(pod),
        audit: auditSays(pod),
        webhook: answers[index],
      }));
      const differ = rows.filter(({ check, audit, webhook }) =>
        [audit, webhook].some((other) => JSON.stringify(other) !== JSON.stringify(check)),
      );
      expect({ seed, differ: differ.slice(0, 3) }).toEqual({ seed, differ: [] });
      const found = sorted(rows.flatMap(({ check }) => check.denied.map((line) => line.split(' ')[0] ?? '')));
      process.stderr.write(`same: ${pods.length} pods, denied by ${found.join(', ')}; seed ${seed}\n`);
      expect(found.length).toBeGreaterThan(4);
      expect(pods.length).toBeGreaterThan(generated);
    },
    180_000,
  );
});

function policyObject(spec: Fields): Fields {
  return { apiVersion: 'seawall.dev/v1alpha1', kind: 'Policy', metadata: { name: 'same' }, spec };
}

function named(pod: Fields, name: string): Fields {
  const metadata = { ...(pod['metadata'] as Fields | undefined), name, namespace: 'default' };
  return { ...pod, apiVersion: 'v1', kind: 'Pod', metadata };
}

function nameOf(pod: Fields): string {
  return (pod['metadata'] as { readonly name: string }).name;
}
