// Needs the node level. `seawall listen` as its manifests have it, in a pod: an event of Falco's shape comes over HTTPS, and
// what was answered 200 outlives a container that is killed.
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { fromFalco } from '../investigate/falco-samples.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { installSeawall, seawallNamespace as namespace } from './harness/install-seawall.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import type { ClusterNode } from './harness/node.ts';
import { startNode } from './harness/node.ts';
import { waitUntil } from './harness/wait-until.ts';
import { loadToolImage, runningTools, toolContainer } from './tool-image.ts';

const component = join(import.meta.dirname, '..', '..', 'manifests', 'components', 'listen');
const serverName = `seawall-listen.${namespace}.svc`;
/** The user of the image, whose the cases are. */
const user = 65_532;
const mark = `listen-${randomBytes(4).toString('hex')}`;
const secret = randomBytes(24).toString('hex');

interface Opened {
  readonly id: string;
  readonly new: boolean;
}

describeLevel('node', 'seawall listen in a pod', () => {
  let node: ClusterNode;
  let cluster: ControlPlane;
  let agent: Agent;
  let volume: string;

  beforeAll(async () => {
    node = await startNode();
    cluster = node.controlPlane;
    await loadToolImage(node);
    // It runs before Seawall is there, which would refuse it.
    await cluster.apply([offender()]);
    await waitUntil('the tool to run', () => (runningTools(mark) === 1 ? true : undefined));
    await installSeawall(node, { replicas: 1 });
    volume = join(cluster.folder, 'cases-volume');
    mkdirSync(volume);
    // What a provisioner does for a pod's fsGroup.
    chownSync(volume, user, user);
    agent = new Agent({ ca: cluster.ca.certificate, servername: serverName, keepAlive: false });
    await cluster.apply([persistentVolume(), ...secrets()]);
    await install();
  }, 2 * startTimeoutMs);
  afterAll(async () => {
    agent.destroy();
    await node.stop();
  });

  const offender = () => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'debug-tools', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'debug-tools' } },
      template: {
        metadata: { labels: { app: 'debug-tools' } },
        spec: { hostNetwork: true, terminationGracePeriodSeconds: 1, containers: [toolContainer(mark)] },
      },
    },
  });

  const persistentVolume = () => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'cases' },
    spec: {
      capacity: { storage: '5Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: volume },
      persistentVolumeReclaimPolicy: 'Retain',
    },
  });

  const secrets = () => {
    const { certificate, key } = cluster.ca.issue({ commonName: serverName, names: [serverName] });
    return [
      { name: 'seawall-listen-secret', stringData: { secret } },
      {
        name: 'seawall-listen-tls',
        type: 'kubernetes.io/tls',
        stringData: { 'tls.crt': certificate, 'tls.key': key },
      },
    ].map(({ name, ...fields }) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, ...fields }));
  };

  /** The component as it is, for a node that pulls nothing. */
  async function install(): Promise<void> {
    const folder = join(cluster.folder, 'install-listen');
    mkdirSync(folder);
    const pull = { op: 'replace', path: '/spec/template/spec/containers/0/imagePullPolicy', value: 'Never' };
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      JSON.stringify({
        apiVersion: 'kustomize.config.k8s.io/v1beta1',
        kind: 'Kustomization',
        resources: [relative(folder, component)],
        patches: [{ target: { kind: 'Deployment', name: 'seawall-listen' }, patch: JSON.stringify([pull]) }],
      }),
    );
    const applied = await cluster.kubectl(['apply', '-k', folder]);
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    await rolledOut();
  }

  async function rolledOut(): Promise<void> {
    const args = ['-n', namespace, 'rollout', 'status', 'deployment/seawall-listen', '--timeout=120s'];
    const { code, stderr } = await cluster.kubectl(args, { timeoutMs: 130_000 });
    if (code === 0) return;
    const { stdout } = await cluster.kubectl(['-n', namespace, 'describe', 'pods', '-l', selector]);
    throw new Error(stderr + stdout);
  }
  const selector = 'app.kubernetes.io/component=listen';

  interface Pod {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly status: { readonly podIP?: string };
  }

  async function listeningPod(): Promise<Pod> {
    const { stdout } = await cluster.kubectl(['-n', namespace, 'get', 'pods', '-l', selector, '-o', 'json']);
    const { items } = JSON.parse(stdout) as { readonly items: readonly Pod[] };
    const [pod] = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (pod === undefined) throw new Error('no pod listens');
    return pod;
  }

  /** A way to the pod that listens now. */
  async function reach(): Promise<number> {
    const { podIP = '' } = (await listeningPod()).status;
    const known = ways.get(podIP) ?? (await node.network.reach(podIP, 8443));
    ways.set(podIP, known);
    return known;
  }
  const ways = new Map<string, number>();

  /** @throws where no answer comes */
  async function post(port: number, event: object, word = secret): Promise<{ code: number; text: string }> {
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path: '/', method: 'POST', agent, timeout: 10_000 }, (answer) => {
        text(answer).then((read) => resolve({ code: answer.statusCode ?? 0, text: read }), reject);
      });
      sent.on('error', reject);
      sent.setHeader('content-type', 'application/json');
      sent.setHeader('authorization', `Bearer ${word}`);
      sent.end(JSON.stringify(event));
    });
  }

  const eventOf = (pod: string, line: string): object => ({
    ...fromFalco,
    hostname: node.name,
    time: new Date().toISOString(),
    output_fields: {
      ...fromFalco.output_fields,
      'container.id': null,
      'evt.hostname': node.name,
      'k8s.ns.name': 'default',
      'k8s.pod.name': pod,
      'proc.cmdline': line,
    },
  });

  const cases = (): string[] => (existsSync(join(volume, 'cases')) ? readdirSync(join(volume, 'cases')) : []);
  const inCase = (id: string, file: string): unknown => {
    const path = join(volume, 'cases', id, file);
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as unknown) : undefined;
  };

  /** The processes of the pod that listens, as the kernel of the node has them. */
  const listeners = (): number[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && commandOf(name).includes('\0listen\0'))
      .filter((name) => commandOf(name).includes('--cases=/var/lib/seawall/cases'))
      .map(Number);
  const commandOf = (pid: string): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      // It has ended since the folder was read.
      return '';
    }
  };

  async function offendingPod(): Promise<string> {
    const { stdout } = await cluster.kubectl(['get', 'pods', '-l', 'app=debug-tools', '-o', 'name']);
    return stdout.trim().replace('pod/', '');
  }

  test('a wrong secret is refused, and nothing is kept', async () => {
    const { code } = await post(await reach(), eventOf('any', 'nmap'), 'wrong');
    expect([code, cases()]).toEqual([401, []]);
  });

  test('an event becomes a case in the volume, investigated, and an Event on the Deployment', async () => {
    const pod = await offendingPod();
    const { code, text: answer } = await post(await reach(), eventOf(pod, 'nmap pause'));
    expect([code, answer]).toEqual([200, expect.stringContaining('"new":true')]);
    const [id = ''] = cases();
    await waitUntil('an outcome', () => inCase(id, 'outcome.json'));
    expect(inCase(id, 'investigation.json')).toMatchObject({
      headline: expect.stringContaining(
        `Pod default/${pod} ran nmap (scanner) with host access (hostNetwork)`,
      ) as unknown,
      state: 'running',
      verdict: { refused: true },
      unseen: [],
    });
    const { body } = await cluster.request('GET', `/api/v1/namespaces/default/events/seawall-case-${id}`);
    expect(body).toMatchObject({
      involvedObject: { kind: 'Deployment', name: 'debug-tools' },
      reason: 'SuspiciousNetworkTool',
    });
    // Nobody has opted in to more.
    expect(runningTools(mark)).toBe(1);
  }, 60_000);

  test('what was answered 200 is there after the container was killed, and gets its outcome', async () => {
    const pod = await offendingPod();
    const kept = new Set<string>();
    let sent = 0;
    const send = async (port: number): Promise<void> => {
      sent += 1;
      const { code, text: answer } = await post(port, eventOf(pod, `nmap ${mark} ${sent}`));
      if (code !== 200) throw new Error(`${code}: ${answer}`);
      for (const { id } of (JSON.parse(answer) as { readonly cases: readonly Opened[] }).cases) kept.add(id);
    };
    const port = await reach();
    let died = false;
    // Several at once, until the connections break: some are between the disk and the answer.
    const senders = Array.from({ length: 8 }, async () => {
      while (!died) await send(port).catch(() => (died = true));
    });
    await waitUntil('events to be kept', () => (kept.size >= 50 ? true : undefined));
    const pids = listeners();
    expect(pids).toHaveLength(1);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await Promise.all(senders);
    expect([...kept].filter((id) => inCase(id, 'event.json') === undefined)).toEqual([]);
    const withoutOutcome = (): string[] => [...kept].filter((id) => inCase(id, 'outcome.json') === undefined);
    await waitUntil('each to have its outcome', () => (withoutOutcome().length === 0 ? true : undefined), {
      timeoutMs: 120_000,
    });
    await waitUntil('it to take events again', async () =>
      (await post(await reach(), eventOf(pod, 'nmap again'))).code === 200 ? true : undefined,
    );
  }, 240_000);
});
