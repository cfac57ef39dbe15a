// Needs the control plane level. Exec and attach are judged by the pod that they are for.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import type { ExecTargets } from '../../src/admission/exec-targets.ts';
import { createExecTargets } from '../../src/admission/exec-targets.ts';
import { createApiClient } from '../../src/cluster/api-client.ts';
import type { ApiClient } from '../../src/cluster/api.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { post, policyWith, responseOf, reviewOf } from '../admission/webhook-under-test.ts';
import type { Fields } from '../support/pods.ts';
import { container } from '../support/pods.ts';
import { bearer } from './client/credentials-of.ts';
import type { LogLine } from './guarded-cluster.ts';
import { isGuarded, startSeawall, unmendedPod } from './guarded-cluster.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import { webhookConfigurations, webhookNames } from './webhook-configurations.ts';

/** In this namespace pods may have the host's network, so that they can be made while Seawall watches. */
const agents = 'agents';
const policySpec = {
  exemptions: [{ name: 'agents', reason: 'x', owner: 'x', rules: ['host-network'], namespaces: [agents] }],
};

const pod = (name: string, spec: Fields = {}, namespace = 'default'): Fields =>
  unmendedPod(name, { nodeName: 'node-a', containers: [container()], ...spec }, {}, { namespace });
const host = { hostNetwork: true };

/** What kubectl says of an exec that was let through: the node that it is for has no address. */
const unreached = 'error: unable to upgrade connection: no preferred addresses found; known addresses: []\n';

const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'seawall-exec-targets' },
  rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }],
};
const roleBinding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'seawall-exec-targets' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'seawall-exec-targets' },
  subjects: [{ kind: 'ServiceAccount', namespace: 'seawall', name: 'seawall' }],
};

describeLevel('control plane', 'exec by its target', () => {
  let cluster: ControlPlane;
  let seawall: Awaited<ReturnType<typeof startSeawall>>;
  let policy: Policy = policyWith(policySpec);
  /** What the webhook asks; tests put another in its place. */
  let asked: ExecTargets;
  let watching: ExecTargets;
  const clients: ApiClient[] = [];

  const targetsOf = async (account: string): Promise<ExecTargets> => {
    const client = createApiClient(bearer(cluster, await cluster.serviceAccountToken('seawall', account)));
    clients.push(client);
    const { log, metrics } = seawall;
    // A registry has one cache in it.
    const own = account === 'seawall' ? metrics : { ...metrics, watchPodCache: () => undefined };
    return createExecTargets({ client, log, metrics: own, now: Date.now, monotonicMs: () => performance.now() });
  };

  beforeAll(async () => {
    cluster = await startControlPlane({ controllerManager: true });
    await cluster.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'seawall' } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: agents } },
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } },
      role,
      roleBinding,
    ]);
    await waitUntil('the account of the new namespace', async () => {
      const { status } = await cluster.request('GET', `/api/v1/namespaces/${agents}/serviceaccounts/default`);
      return status === 200 ? true : undefined;
    });
    await cluster.apply([pod('plain'), pod('host', host)]);
    const execTargets = { find: (...args: Parameters<ExecTargets['find']>) => asked.find(...args) };
    seawall = await startSeawall(cluster, () => policy, execTargets);
    watching = await targetsOf('seawall');
    asked = watching;
    watching.watch();
    const url = `https://127.0.0.1:${seawall.webhook.port}`;
    await cluster.apply([...webhookConfigurations({ url, ca: cluster.ca.certificate })]);
    await waitUntil('all three webhooks to be asked', () => isGuarded(cluster));
    await waitUntil('the cache to answer', isSynced);
  }, startTimeoutMs);
  afterAll(async () => {
    await watching.stop();
    for (const client of clients) client.close();
    await seawall.webhook.stop({ delayMs: 0, boundMs: 0, wait: () => Promise.resolve() });
    await cluster.stop();
  });
  afterEach(() => {
    policy = policyWith(policySpec);
    asked = watching;
  });

  const metricsText = (): Promise<string> => seawall.metrics.text();
  const isSynced = async (): Promise<true | undefined> =>
    /^seawall_pod_cache_synced 1$/m.test(await metricsText()) ? true : undefined;
  /** Makes the watch say a word, because the cache is not believed after silence. */
  const makeWatchSpeak = async (): Promise<void> => {
    await cluster.kubectl(['annotate', 'pod', 'host', '--overwrite', `spoken=${performance.now()}`]);
    await waitUntil('the cache to answer', isSynced);
  };
  /** How many targets were found, by source. */
  const lookUps = async (): Promise<Record<string, number>> => {
    const lines = (await metricsText()).matchAll(/^seawall_exec_lookups_total\{source="(\w+)"\} (\d+)$/gm);
    return Object.fromEntries([...lines].map(([, source = '', count]) => [source, Number(count)]));
  };
  /** How many targets were found by a deed, by source. */
  const lookUpsOf = async (deed: () => Promise<unknown>): Promise<Record<string, number>> => {
    const before = await lookUps();
    await deed();
    const after = Object.entries(await lookUps());
    return Object.fromEntries(
      after.flatMap(([source, count]) => (count === before[source] ? [] : [[source, count - (before[source] ?? 0)]])),
    );
  };
  const exec = async (name: string, command: readonly string[], namespace = 'default'): Promise<string> => {
    const { stderr } = await cluster.kubectl(['exec', '-n', namespace, name, '--container=app', '--', ...command]);
    return stderr;
  };
  const refusal = (object: string, finding: string): string =>
    `error: unable to upgrade connection: admission webhook "${webhookNames.pods}" denied the request: Seawall refuses ${object} by policy test: 1 finding\n- command[0] (container app): ${finding} What to do: Debug from an ephemeral container of the image that your team approved, in a pod without host access.\n`;
  const falco =
    'Falco\'s "Launch Suspicious Network Tool on Host" (in a container\'s cgroup: "... in Container") [network-tool-exec, critical].';
  const logged = (from: number): readonly LogLine[] => seawall.logLines().slice(from);

  test('of a tool into a pod with host access is refused, and says what the pod has', async () => {
    await makeWatchSpeak();
    const from = seawall.logLines().length;
    const words = ['nc', '-l', 's3cret'];
    expect(await exec('host', words)).toBe(
      refusal('exec into Pod default/host', `runs nc (relay) with host access (hostNetwork): ${falco}`),
    );
    const [line] = logged(from);
    expect(line).toMatchObject({
      action: 'deny',
      user: 'admin',
      operation: 'CONNECT',
      subresource: 'exec',
      object: { kind: 'PodExecOptions', namespace: 'default', name: 'host' },
      container: 'app',
      target_from: 'cache',
      rules: ['network-tool-exec'],
      paths: ['command[0]'],
    });
    expect(JSON.stringify(logged(from))).not.toMatch(/s3cret|"nc/);
  });

  test('of the same into a pod without is let through and warned of, by the cache', async () => {
    await makeWatchSpeak();
    const found = await lookUpsOf(async () => expect(await exec('plain', ['nc', '-l', '80'])).toBe(unreached));
    // By WebSocket, and where that is not had, by SPDY: judged each time.
    expect(found).toEqual({ cache: 2 });
    const warned = cluster
      .auditEvents()
      .filter(
        ({ stage, requestURI }) => stage === 'ResponseComplete' && requestURI.includes('/pods/plain/exec?command=nc&'),
      )
      .map(({ annotations }) => annotations?.[`${webhookNames.pods}/warned`]);
    expect(warned).toEqual(['network-tool-exec at command[0]', 'network-tool-exec at command[0]']);
  });

  test.each([
    ['ls', ['ls', '/']],
    ['tar, as of kubectl cp', ['tar', 'cf', '-', '/usr/bin/nmap']],
    ['a shell that names a tool', ['sh', '-c', 'echo nmap']],
  ])('of %s asks for no target', async (_what, command) => {
    expect(await lookUpsOf(async () => expect(await exec('host', command)).toBe(unreached))).toEqual({});
  });

  test('kubectl cp and attach ask for none either', async () => {
    const found = await lookUpsOf(async () => {
      const copied = await cluster.kubectl([
        'cp',
        'default/host:/etc/hosts',
        `${cluster.folder}/hosts`,
        '--container=app',
      ]);
      expect(copied.stderr).toBe(unreached);
      const { stderr } = await cluster.kubectl(['attach', 'host', '--container=app']);
      expect(stderr.endsWith(unreached)).toBe(true);
    });
    expect(found).toEqual({});
  });

  test('into a pod that was made a moment ago', async () => {
    await cluster.apply(pod('fresh-host', host, agents));
    expect(await exec('fresh-host', ['nc', '-l', '80'], agents)).toContain(
      'runs nc (relay) with host access (hostNetwork)',
    );
    await cluster.apply(pod('fresh-plain'));
    expect(await exec('fresh-plain', ['nc', '-l', '80'])).toBe(unreached);
  });

  test('into a pod that was deleted and made anew with host access, under the same name', async () => {
    await cluster.apply(pod('twin', {}, agents));
    expect(await exec('twin', ['nc', '-l', '80'], agents)).toBe(unreached);
    await cluster.kubectl(['delete', 'pod', 'twin', '-n', agents, '--force', '--grace-period=0']);
    await cluster.apply(pod('twin', host, agents));
    expect(await exec('twin', ['nc', '-l', '80'], agents)).toContain('with host access (hostNetwork)');
  });

  test('into an ephemeral container that came later with host access', async () => {
    await cluster.apply(pod('debugged', {}, agents));
    policy = policyWith({ rules: { 'host-capability': { action: 'off' }, 'net-raw': { action: 'off' } } });
    const debug = {
      name: 'debug',
      image: 'a',
      securityContext: { capabilities: { add: ['NET_ADMIN'], drop: ['NET_RAW'] } },
    };
    const { status } = await cluster.request(
      'PATCH',
      `/api/v1/namespaces/${agents}/pods/debugged/ephemeralcontainers`,
      { spec: { ephemeralContainers: [debug] } },
      { contentType: 'application/strategic-merge-patch+json' },
    );
    expect(status).toBe(200);
    expect(await exec('debugged', ['nc', '-l', '80'], agents)).toContain('with host access (NET_ADMIN)');
  });

  test('into a pod that does not exist is left to the API server, which is asked first', async () => {
    expect(await exec('no-such', ['nc', '-l', '80'])).toBe('Error from server (NotFound): pods "no-such" not found\n');
  });

  test('under the strict profile a person may still debug what has no host access', async () => {
    policy = policyWith({ profile: 'strict' });
    expect(await exec('plain', ['nc', '-l', '80'])).toBe(unreached);
    expect(await exec('host', ['dig', 'a'])).toBe(
      refusal('exec into Pod default/host', `runs dig (dns) with host access (hostNetwork): ${falco}`),
    );
  });

  test('without a watch each target is looked up live', async () => {
    asked = await targetsOf('seawall-live');
    await cluster.apply({
      ...roleBinding,
      metadata: { name: 'live' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'seawall', name: 'seawall-live' }],
    });
    await waitUntil('the binding to count', async () =>
      (await asked.find({ namespace: 'default', name: 'host', username: 'jane' }, 500)).source === 'live'
        ? true
        : undefined,
    );
    const found = await lookUpsOf(async () => {
      expect(await exec('host', ['nc', '-l', '80'])).toContain('with host access (hostNetwork)');
      expect(await exec('plain', ['nc', '-l', '80'])).toBe(unreached);
    });
    // The refused one is asked by WebSocket alone where kubectl takes that for an answer.
    expect(Object.keys(found)).toEqual(['live']);
  });

  test('a target that may not be looked up counts as one with host access, and a log line says why', async () => {
    asked = await targetsOf('nobody');
    const from = seawall.logLines().length;
    expect(await exec('plain', ['nc', '-l', '80'])).toBe(
      refusal(
        'exec into Pod default/plain',
        `runs nc (relay); the target's host access is not known, so it counts as having it: ${falco}`,
      ),
    );
    const [warning, denial] = logged(from);
    expect(warning).toMatchObject({
      level: 'warn',
      reason: 'forbidden',
      namespace: 'default',
      pod: 'plain',
      msg: 'the target of an exec could not be looked up and counts as one with host access',
    });
    expect(warning?.['problem']).toContain('User "system:serviceaccount:seawall:nobody" cannot get resource "pods"');
    expect(denial).toMatchObject({ action: 'deny', target_from: 'unknown', object: { name: 'plain' } });
  });

  test('seawall serve --exec-targets follows the pods of the cluster that a kubeconfig names', async () => {
    const token = await cluster.serviceAccountToken('seawall', 'seawall');
    const kubeconfig = cluster.writeKubeconfig('seawall', { kind: 'token', token });
    const { certificate, key } = cluster.ca.issue({ commonName: 'seawall', names: ['127.0.0.1'] });
    const files = { cert: join(cluster.folder, 'tls.crt'), key: join(cluster.folder, 'tls.key') };
    writeFileSync(files.cert, certificate);
    writeFileSync(files.key, key, { mode: 0o600 });
    const child = spawn(process.execPath, [
      ...['--no-warnings', join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts'), 'serve', '--exec-targets'],
      ...['--kubeconfig', kubeconfig, '--cert-file', files.cert, '--key-file', files.key, '--drain-delay', '0'],
      ...['--host', '127.0.0.1', '--port', '0', '--health-port', '0'],
    ]);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    let log = '';
    child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const agent = new Agent({ ca: cluster.ca.certificate });
    try {
      const ready = await waitUntil(
        'the ready line',
        () => /"port":(\d+),"health_port":(\d+),.*"msg":"ready"/.exec(log) ?? undefined,
      );
      const scrape = async (): Promise<string> => (await fetch(`http://127.0.0.1:${ready[2] ?? ''}/metrics`)).text();
      await waitUntil('its cache', async () => /^seawall_pod_cache_pods [1-9]/m.exec(await scrape()) ?? undefined);
      const options = { apiVersion: 'v1', kind: 'PodExecOptions', container: 'app', command: ['nc'] };
      const review = reviewOf(options, { operation: 'CONNECT', subResource: 'exec', name: 'host' });
      const { status } = responseOf(await post(Number(ready[1]), agent, '/validate', review));
      expect(status?.message).toContain('runs nc (relay) with host access (hostNetwork)');
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    } finally {
      agent.destroy();
      child.kill('SIGKILL');
    }
  });

  test('the watch goes on after the API server was started anew', async () => {
    await cluster.restartApiServer();
    await cluster.apply(pod('after', host, agents));
    await waitUntil('the cache to know the new pod', async () =>
      (await watching.find({ namespace: agents, name: 'after', username: 'jane' }, 0)).source === 'cache'
        ? true
        : undefined,
    );
    expect(await exec('after', ['nc', '-l', '80'], agents)).toContain('with host access (hostNetwork)');
  });

  test('while etcd hangs, an exec is answered within the bound, and others do not wait for it', async () => {
    const agent = new Agent({ keepAlive: true, ca: cluster.ca.certificate });
    const ask = async (name: string, command: readonly string[]) => {
      const options = { apiVersion: 'v1', kind: 'PodExecOptions', container: 'app', command };
      const review = reviewOf(options, { operation: 'CONNECT', subResource: 'exec', name });
      return { name, response: responseOf(await post(seawall.webhook.port, agent, '/validate?timeout=5s', review)) };
    };
    cluster.pauseEtcd();
    try {
      const startMs = performance.now();
      const slow = ask('not-in-the-cache', ['nc', '-l', '80']);
      const first = await Promise.race([slow, ask('plain', ['ls'])]);
      expect([first.name, first.response.allowed]).toEqual(['plain', true]);
      const { response } = await slow;
      expect(response.status?.message).toContain("the target's host access is not known");
      expect(performance.now() - startMs).toBeGreaterThan(490);
      // The deadline of this request is 4.5 s, and the API server would hang for longer.
      expect(performance.now() - startMs).toBeLessThan(3_000);
    } finally {
      cluster.resumeEtcd();
      agent.destroy();
    }
  });
});
