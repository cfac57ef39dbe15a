/*
 * `serve --write-conditions` before a real API server: whatever happens, the conditions are never narrower than the policy in force
 * of any replica. Every version of the configuration is watched, every policy that comes into force is noted beside it, and at the
 * end the whole history is held against that sentence.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPolicyInForce } from '../../src/cli/serve-policy-in-force.ts';
import type { PolicyInForce } from '../../src/cli/serve-policy-in-force.ts';
import { openServedPolicy } from '../../src/cli/serve-policy.ts';
import { createApiClient } from '../../src/cluster/api-client.ts';
import { kubeconfigCredentials } from '../../src/cluster/kubeconfig.ts';
import { startReflector } from '../../src/cluster/reflector.ts';
import type { Reflector } from '../../src/cluster/reflector.ts';
import type { WrittenState } from '../../src/compile/written-conditions.ts';
import {
  compileConditions,
  configurationPath,
  configurationsPath,
  seeConditions,
} from '../../src/compile/written-conditions.ts';
import { conditionedConfiguration, webhookDocuments } from '../../src/compile/webhook-document.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { readPolicyText } from '../../src/policy-file/read.ts';
import { openLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { Fields } from '../support/pods.ts';
import type { LogLine } from './guarded-cluster.ts';
import { startSeawall } from './guarded-cluster.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';

const overlay = join(import.meta.dirname, '..', '..', 'manifests', 'overlays', 'cel');
const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
const patience = { timeoutMs: 60_000 };

const policyText = (name: string, spec: string): string =>
  `apiVersion: seawall.dev/v1alpha1\nkind: Policy\nmetadata:\n  name: ${name}\nspec:\n  ${spec}\n`;
const texts = {
  lax: policyText('lax', 'profile: default'),
  strict: policyText('strict', 'profile: strict'),
  mild: policyText('mild', 'rules: { host-ipc: { action: warn } }'),
} as const;
const policies = new Map(Object.entries(texts).map(([name, text]) => [name, readPolicyText(text, name)]));
const policyOf = (name: keyof typeof texts): Policy => policies.get(name) ?? defaultPolicy();

/** One Seawall of several, in this process, as far as it keeps the conditions. */
interface Replica {
  readonly inForce: PolicyInForce;
  /** Puts this in its policy file. */
  readonly write: (text: string) => void;
  readonly metrics: () => Promise<string>;
  readonly logLines: () => readonly LogLine[];
  readonly stop: () => Promise<void>;
}

describeLevel('control plane', 'serve --write-conditions', () => {
  let controlPlane: ControlPlane;
  let kubeconfig: string;
  let history: Reflector;
  let folder: string;
  const ends: (() => Promise<void> | void)[] = [];
  /** What is in force where, at each moment; and the conditions, by the policy that they are of. */
  const running = new Map<string, string>();
  let conditions = 'none';
  const trail: { readonly conditions: string; readonly running: readonly string[] }[] = [];
  const note = (): void => void trail.push({ conditions, running: [...running.values()] });

  const clientOf = async (path: string) => {
    const client = createApiClient(await kubeconfigCredentials({ kubeconfig: path, env: {} }), { now: Date.now });
    ends.push(() => client.close());
    return client;
  };
  /** The conditions of an object by name: of a policy, `wide`, `none`, `other`. */
  const nameOf = (object: Readonly<Record<string, unknown>>): string => {
    let last: WrittenState = 'none';
    for (const [name, policy] of policies) {
      last = seeConditions(object, compileConditions(policy)).state;
      if (last === 'own') return name;
    }
    return last;
  };
  const inCluster = async (): Promise<string> => {
    const { body } = await controlPlane.request('GET', configurationPath);
    return nameOf(body as Readonly<Record<string, unknown>>);
  };
  const until = (wanted: string) =>
    waitUntil(
      `the conditions to be ${wanted}`,
      async () => ((await inCluster()) === wanted ? true : undefined),
      patience,
    );

  const startReplica = async (name: string, text: string): Promise<Replica> => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, text);
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line), flush: () => Promise.resolve() };
    const log = openLog({ level: 'info', destination, now: Date.now });
    const metrics = createMetrics([]);
    const following: { inForce?: PolicyInForce } = {};
    const served = await openServedPolicy(file, {
      log,
      metrics,
      now: Date.now,
      onChanged: () => following.inForce?.policyChanged(),
    });
    const tell = (): void => {
      running.set(name, following.inForce?.current().name ?? '');
      note();
    };
    const client = await clientOf(kubeconfig);
    const inForce = await openPolicyInForce(
      { writeConditions: true, conditionsLease: 'seawall-conditions' },
      {
        cluster: { client, namespace: () => Promise.resolve('seawall') },
        read: served.current,
        onChanged: tell,
        log,
        metrics,
        times: { settleMs: 1_500, aliveMs: 12_000 },
      },
    );
    following.inForce = inForce;
    void inForce.started.then(tell);
    const stop = async (): Promise<void> => {
      served.stop();
      running.delete(name);
      await inForce.stop();
    };
    ends.push(stop);
    return {
      inForce,
      write: (next) => writeFileSync(file, next),
      metrics: metrics.text,
      logLines: () => lines.map((line) => JSON.parse(line) as LogLine),
      stop,
    };
  };
  const untilInForce = (replica: Replica, name: string) =>
    waitUntil(`${name} to be in force`, () => (replica.inForce.current().name === name ? true : undefined), patience);

  let one: Replica;
  let two: Replica;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seawall-written-'));
    controlPlane = await startControlPlane();
    const applied = await controlPlane.kubectl(['apply', '-k', overlay], patience);
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    for (const kind of ['validatingadmissionpolicybinding', 'validatingadmissionpolicy']) {
      await controlPlane.kubectl(['delete', kind, '--all']);
    }
    const token = await controlPlane.serviceAccountToken('seawall', 'seawall');
    kubeconfig = controlPlane.writeKubeconfig('seawall', { kind: 'token', token });
    history = startReflector({
      client: await clientOf(controlPlane.kubeconfig),
      path: `${configurationsPath}?fieldSelector=metadata.name%3D${conditionedConfiguration}`,
      onListBegin: () => undefined,
      onPage: ([first]) => {
        if (first !== undefined) conditions = nameOf(first);
      },
      onListEnd: note,
      onEvent: (_type, object) => {
        conditions = nameOf(object);
        note();
      },
    });
  }, 180_000);
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
    await history.stop();
    await controlPlane.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test('two replicas start, with the rights of the overlay alone, and the conditions are those of their policy', async () => {
    [one, two] = await Promise.all([startReplica('one', texts.lax), startReplica('two', texts.lax)]);
    await Promise.all([one.inForce.started, two.inForce.started]);
    await until('lax');
    expect([one.inForce.problems(), one.inForce.notes()]).toEqual([[], []]);
  }, 120_000);

  test('one replica takes a stricter policy and the other lags: the conditions are wide until both run it', async () => {
    one.write(texts.strict);
    await untilInForce(one, 'strict');
    expect([await inCluster(), two.inForce.current().name]).toEqual(['wide', 'lax']);
    expect(await one.metrics()).toContain('seawall_policy_waits 0');
    // Longer than a replica looks again: it stays so.
    const seen = trail.length;
    await waitUntil(
      'both to have looked again',
      async () => {
        const { body } = await controlPlane.request(
          'GET',
          '/apis/coordination.k8s.io/v1/namespaces/seawall/leases/seawall-conditions',
        );
        const { annotations } = (body as { metadata: { annotations: Readonly<Record<string, string>> } }).metadata;
        lastBeats.push(JSON.stringify(annotations));
        return new Set(lastBeats).size >= 5 ? true : undefined;
      },
      patience,
    );
    expect(trail.slice(seen).filter((each) => each.conditions !== 'wide')).toEqual([]);
    two.write(texts.strict);
    await untilInForce(two, 'strict');
    await until('strict');
    await waitUntil(
      'the metric',
      async () => ((await two.metrics()).includes('seawall_match_conditions_in_step 1') ? true : undefined),
      patience,
    );
  }, 120_000);
  const lastBeats: string[] = [];

  test('a policy that is invalid changes nothing; one that is laxer goes the same way', async () => {
    const seen = trail.length;
    one.write('apiVersion: seawall.dev/v1alpha1\nkind: Policy\nspec: { profile: none }\n');
    await waitUntil(
      'it to be refused',
      () => (one.logLines().some(({ msg }) => msg === 'policy refused, the last good one stays') ? true : undefined),
      patience,
    );
    expect([one.inForce.current().name, await inCluster(), trail.slice(seen)]).toEqual(['strict', 'strict', []]);
    for (const each of [one, two]) each.write(texts.mild);
    await Promise.all([untilInForce(one, 'mild'), untilInForce(two, 'mild')]);
    await until('mild');
    await waitUntil('the watch to tell of them', () => (conditions === 'mild' ? true : undefined), patience);
    const states = trail.slice(seen).map((each) => each.conditions);
    expect(states.indexOf('wide')).toBeLessThan(states.indexOf('mild'));
    // After a restart of the API server a right may be unknown to it for a moment; until now there was none.
    const refused = controlPlane
      .auditEvents()
      .filter(
        ({ user, responseStatus }) =>
          user.username === 'system:serviceaccount:seawall:seawall' && responseStatus?.code === 403,
      );
    expect(refused).toEqual([]);
  }, 120_000);

  test('the API server away at the moment of the change: the policy waits for it', async () => {
    const back = controlPlane.restartApiServer();
    await waitUntil(
      'it to be away',
      async () => {
        try {
          await controlPlane.request('GET', '/readyz');
          return undefined;
        } catch {
          return true;
        }
      },
      patience,
    );
    for (const each of [one, two]) each.write(texts.strict);
    await waitUntil(
      'it to be told',
      () =>
        one.logLines().some(({ msg }) => msg === 'matchConditions could not be widened: the policy waits')
          ? true
          : undefined,
      patience,
    );
    await back;
    await Promise.all([untilInForce(one, 'strict'), untilInForce(two, 'strict')]);
    await until('strict');
  }, 120_000);

  test('what someone else writes over them is written anew, and what he adds is told; other fields stay theirs', async () => {
    const other = join(folder, 'other.json');
    writeFileSync(other, JSON.stringify(webhookDocuments(policyOf('lax'))[0]));
    const { code, stderr } = await controlPlane.kubectl([
      'patch',
      'validatingwebhookconfiguration',
      conditionedConfiguration,
      '--type=strategic',
      '--patch-file',
      other,
    ]);
    expect([code, stderr]).toEqual([0, '']);
    await waitUntil(
      'it to be told',
      () =>
        [one, two].some((each) =>
          each.logLines().some(({ msg }) => msg === 'matchConditions are of another policy, and are written anew'),
        )
          ? true
          : undefined,
      patience,
    );
    await until('strict');
    const add = { webhooks: [{ name: 'pods.seawall.dev', matchConditions: [{ name: 'mine', expression: 'false' }] }] };
    await controlPlane.kubectl([
      'patch',
      'validatingwebhookconfiguration',
      conditionedConfiguration,
      '--type=strategic',
      '-p',
      JSON.stringify(add),
    ]);
    await waitUntil(
      'it to be told',
      () => (one.inForce.notes().includes('matchConditions of others narrow the webhooks: mine') ? true : undefined),
      patience,
    );
    expect(await one.metrics()).toContain('seawall_match_conditions_in_step 0');
    const extra = (await controlPlane.request('GET', configurationPath)).body as {
      readonly webhooks: readonly {
        readonly name: string;
        readonly matchConditions: readonly { readonly name: string }[];
      }[];
    };
    const at = extra.webhooks.findIndex(({ name }) => name === 'pods.seawall.dev');
    const index = extra.webhooks[at]?.matchConditions.findIndex(({ name }) => name === 'mine');
    const remove = [{ op: 'remove', path: `/webhooks/${at}/matchConditions/${index}` }];
    const removed = await controlPlane.request('PATCH', configurationPath, remove, {
      contentType: 'application/json-patch+json',
    });
    expect(removed.status).toBe(200);
    await waitUntil('it to be well', () => (one.inForce.notes().length === 0 ? true : undefined), patience);

    const { body } = await controlPlane.request('GET', configurationPath);
    const { managedFields } = (
      body as { metadata: { managedFields: { manager: string; fieldsV1: Readonly<Record<string, unknown>> }[] } }
    ).metadata;
    const own = managedFields.find(({ manager }) => manager === 'seawall-conditions')?.fieldsV1 ?? {};
    expect(Object.keys(own).sort()).toEqual(['f:metadata', 'f:webhooks']);
    const webhooks = own['f:webhooks'] as Readonly<Record<string, object>>;
    expect(
      Object.values(webhooks).map((each) =>
        Object.keys(each)
          .filter((key) => key !== '.')
          .sort(),
      ),
    ).toEqual([
      ['f:matchConditions', 'f:name'],
      ['f:matchConditions', 'f:name'],
    ]);
    expect(JSON.stringify(own)).not.toContain('caBundle');
  }, 120_000);

  test('a replica that is gone without a word is waited for, and then not any more; one that leaves is not waited for', async () => {
    const ghost = {
      metadata: {
        annotations: { 'replica.seawall.dev/ghost': JSON.stringify({ beat: 1, runs: ['0123456789abcdef'] }) },
      },
    };
    const lease = '/apis/coordination.k8s.io/v1/namespaces/seawall/leases/seawall-conditions';
    await controlPlane.request('PATCH', lease, ghost, { contentType: 'application/merge-patch+json' });
    await until('wide');
    await until('strict');
    await two.stop();
    one.write(texts.lax);
    await untilInForce(one, 'lax');
    await until('lax');
    const { body } = await controlPlane.request('GET', lease);
    const { annotations } = (body as { metadata: { annotations: object } }).metadata;
    expect(Object.keys(annotations)).toHaveLength(1);
  }, 120_000);

  test('a configuration without the webhook, and none at all, hold up no policy, and nothing is made anew', async () => {
    const { body } = await controlPlane.request('GET', configurationPath);
    const whole = body as { readonly metadata: Fields; readonly webhooks: readonly { readonly name: string }[] };
    const put = async (webhooks: readonly object[]) =>
      controlPlane.request('PATCH', configurationPath, { webhooks }, { contentType: 'application/merge-patch+json' });
    expect((await put(whole.webhooks.filter(({ name }) => name !== 'pods.seawall.dev'))).status).toBe(200);
    const missing = 'no webhook pods.seawall.dev is registered in seawall-pods';
    await waitUntil('it to be noted', () => (one.inForce.notes().includes(missing) ? true : undefined), patience);
    one.write(texts.strict);
    await untilInForce(one, 'strict');
    await controlPlane.request('DELETE', configurationPath);
    one.write(texts.lax);
    await untilInForce(one, 'lax');
    expect((await controlPlane.request('GET', configurationPath)).status).toBe(404);
    const { managedFields, uid, resourceVersion, ...metadata } = whole.metadata;
    expect([managedFields, uid, resourceVersion]).not.toContain(undefined);
    const anew = { ...whole, metadata };
    expect((await controlPlane.request('POST', configurationsPath, anew)).status).toBe(201);
    await waitUntil('it to be well', () => (one.inForce.notes().length === 0 ? true : undefined), patience);
    await until('lax');
  }, 120_000);

  test('what the policy in force refuses is refused by its webhook, from the moment on', async () => {
    const seawall = await startSeawall(controlPlane, one.inForce.current);
    const { certificate } = controlPlane.ca;
    const clientConfig = {
      url: `https://127.0.0.1:${seawall.webhook.port}/validate`,
      caBundle: Buffer.from(certificate).toString('base64'),
    };
    const { body } = await controlPlane.request('GET', configurationPath);
    const configuration = body as { webhooks: object[] };
    const webhooks = configuration.webhooks.map((each) => ({ ...each, clientConfig }));
    expect((await controlPlane.request('PUT', configurationPath, { ...configuration, webhooks })).status).toBe(200);
    const create = async (): Promise<number> => {
      const container = {
        name: 'c',
        image: 'app',
        ports: [{ containerPort: 1, hostPort: 1 }],
        securityContext: { capabilities: { drop: ['ALL'] } },
      };
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app' }, spec: { containers: [container] } };
      return (await controlPlane.request('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod)).status;
    };
    await waitUntil('the webhook to answer', async () => ((await create()) === 201 ? true : undefined), patience);
    const passed: string[] = [];
    for (const name of ['strict', 'lax', 'strict'] as const) {
      one.write(texts[name]);
      for (let done = false; !done;) {
        done = (await inCluster()) === name;
        // Before the pod is sent: what comes into force meanwhile may refuse it or not.
        const before = one.inForce.current().name;
        const status = await create();
        if (before === 'strict' && one.inForce.current().name === 'strict' && status !== 403)
          passed.push(`${before} ${status}`);
      }
    }
    expect(passed).toEqual([]);
    await seawall.webhook.stop({ delayMs: 0, boundMs: 0, wait: () => Promise.resolve() });
  }, 120_000);

  test('the command itself: ready with its policy, killed on the way to another, and the conditions stay wide until it is given up', async () => {
    const { certificate, key } = controlPlane.ca.issue({ commonName: 'seawall', names: ['127.0.0.1'] });
    const paths = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key'), policy: join(folder, 'three.yaml') };
    writeFileSync(paths.cert, certificate);
    writeFileSync(paths.key, key);
    writeFileSync(paths.policy, texts.strict);
    const flags = [
      '--cert-file',
      paths.cert,
      '--key-file',
      paths.key,
      '--policy',
      paths.policy,
      '--kubeconfig',
      kubeconfig,
    ];
    const ports = ['--host', '127.0.0.1', '--port', '0', '--health-port', '0', '--namespace', 'seawall'];
    const child = spawn(process.execPath, [main, 'serve', '--write-conditions', ...flags, ...ports]);
    ends.push(() => void child.kill('SIGKILL'));
    const printed: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
    const port = await waitUntil('it to be ready', () => /"health_port":(\d+)/.exec(printed.join(''))?.[1], patience);
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ok' }]);
    expect(await inCluster()).toBe('strict');
    running.set('three', 'strict');
    writeFileSync(paths.policy, texts.mild);
    await until('wide');
    child.kill('SIGKILL');
    running.delete('three');
    // The watch tells later than the server.
    await waitUntil('the trail to end so', () => trail.at(-1)?.conditions === 'wide' || undefined, patience);
    const seen = trail.length;
    expect(await inCluster()).toBe('wide');
    // It never ran the other policy: the one that lives is alone again.
    await until('strict');
    expect(trail.slice(seen).map((each) => each.conditions)).toEqual(['strict']);
  }, 120_000);

  test('at no moment the conditions were narrower than what any replica had in force, but where someone else wrote them', () => {
    const narrow = trail.filter(
      ({ conditions: of, running: names }) => of !== 'wide' && of !== 'none' && names.some((name) => name !== of),
    );
    // The one patch of the test above, of the policy lax.
    expect(narrow).toEqual([{ conditions: 'lax', running: ['strict', 'strict'] }]);
    expect(trail.length).toBeGreaterThan(20);
    const writes = controlPlane
      .auditEvents()
      .filter(
        ({ verb, objectRef, user }) =>
          verb === 'patch' &&
          objectRef?.['name'] === conditionedConfiguration &&
          user.username === 'system:serviceaccount:seawall:seawall',
      );
    process.stdout.write(
      `${trail.map((each) => `${each.conditions}[${each.running.join(',')}]`).join(' ')}\n${writes.length} writes of the configuration: ${writes.map(({ responseStatus }) => responseStatus?.code).join(' ')}\n`,
    );
  });
});
