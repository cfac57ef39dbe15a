// Needs the node level. The image of our own Dockerfile, in a pod as the manifests have it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from './harness/command.ts';
import { imageConfig, layerBytes } from './harness/docker-archive.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import type { ClusterNode } from './harness/node.ts';
import { startNode } from './harness/node.ts';
import { processStat } from './harness/process-identity.ts';
import { seawallArchive, seawallImage } from './harness/seawall-image.ts';
import { waitUntil } from './harness/wait-until.ts';

const root = join(import.meta.dirname, '..', '..');

/** Seawall with a mounted certificate, as harmless as Pod Security's `restricted` wants it. */
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'seawall' },
  spec: {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 30,
    // The kubelet takes the user from the image and forgets its group, which is then root's: whoever wants both says both.
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'seawall',
        image: seawallImage,
        imagePullPolicy: 'Never',
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 1 },
        volumeMounts: [{ name: 'tls', mountPath: '/etc/seawall/tls' }],
      },
    ],
    volumes: [{ name: 'tls', secret: { secretName: 'tls' } }],
  },
};

describeLevel('node', 'the image', () => {
  let node: ClusterNode;
  let archive: string;

  beforeAll(async () => {
    archive = await seawallArchive();
    node = await startNode();
    await node.loadImage(archive);
    const { certificate, key } = node.controlPlane.ca.issue({ commonName: 'seawall', names: ['seawall'] });
    await node.controlPlane.apply([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'tls' },
        stringData: { 'tls.crt': certificate, 'tls.key': key },
      },
      pod,
    ]);
    await node.controlPlane.kubectl(['wait', 'pod/seawall', '--for=condition=Ready', '--timeout=60s']);
  }, startTimeoutMs);
  afterAll(() => node.stop());

  /** What a program for Node prints inside the running container. */
  const inside = async (program: string): Promise<unknown> => {
    const args = ['exec', 'seawall', '--', 'node', '--input-type=module', '-e', program];
    const { stdout, stderr } = await node.controlPlane.kubectl(args);
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  };

  test('says who runs it and how it starts', async () => {
    const config = await imageConfig(archive);
    expect(config).toMatchObject({
      User: '65532:65532',
      WorkingDir: '/app',
      Entrypoint: ['node', '--max-semi-space-size=16', '/app/dist/cli/main.js'],
      Cmd: ['serve', '--cert-file', '/etc/seawall/tls/tls.crt', '--key-file', '/etc/seawall/tls/tls.key'],
      ExposedPorts: { '8080/tcp': {}, '8443/tcp': {} },
      Env: expect.arrayContaining(['NODE_ENV=production']) as unknown,
    });
  });

  test('its own layers stay small', async () => {
    const sizes = await layerBytes(archive);
    // The first is the base's. Two thirds of the packages' bytes are nothing that Node can load.
    const own = sizes.slice(1).reduce((sum, each) => sum + each, 0);
    process.stderr.write(`image: ${Math.round(own / 1e5) / 10} MB in our own layers\n`);
    expect(own).toBeLessThan(60e6);
  });

  test('is ready within a second or so', async () => {
    const pid = await containerProcess(node);
    const [line = ''] = await logLines(node, 'ready');
    const { time } = JSON.parse(line) as { readonly time: string };
    const elapsedMs = Math.round(Date.parse(time) - processStartMs(pid));
    process.stderr.write(`image: ready ${elapsedMs} ms after its container started\n`);
    // A loaded machine takes some times as long; a start that does something slow takes longer than that.
    expect(elapsedMs).toBeLessThan(20_000);
  });

  test('runs as nobody in particular, and can write nowhere', async () => {
    const report = await inside(`
      import { writeFileSync } from 'node:fs';
      const failure = (path) => { try { writeFileSync(path, ''); return 'written'; } catch (error) { return error.code; } };
      console.log(JSON.stringify({ uid: process.getuid(), gid: process.getgid(), root: failure('/x'), app: failure('/app/x'), tmp: failure('/tmp/x') }));
    `);
    expect(report).toEqual({ uid: 65532, gid: 65532, root: 'EROFS', app: 'EROFS', tmp: 'EROFS' });
  });

  test('everything of ours belongs to root, nobody else may write it, and nothing changes who runs it', async () => {
    const odd = await inside(`
      import { lstatSync, readdirSync } from 'node:fs';
      const odd = [];
      for (const name of ['', ...readdirSync('/app', { recursive: true })]) {
        const { uid, gid, mode } = lstatSync('/app/' + name);
        const isLink = (mode & 0o170000) === 0o120000;
        if (uid !== 0 || gid !== 0 || (!isLink && mode & 0o6022)) odd.push([name, uid, gid, mode.toString(8)]);
      }
      console.log(JSON.stringify(odd));
    `);
    expect(odd).toEqual([]);
  });

  test('holds the production dependencies and no other package, and each can be loaded', async () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
    };
    const names = Object.keys(dependencies);
    const found = (await inside(`
      import { readdirSync } from 'node:fs';
      import { createRequire } from 'node:module';
      const files = readdirSync('/app/node_modules', { recursive: true });
      const packages = files.filter((name) => /(^|\\/node_modules\\/)(@[^/]+\\/)?[^/@]+\\/package\\.json$/.test(name));
      const loaded = [];
      const load = createRequire('/app/dist/cli/main.js');
      for (const name of ${JSON.stringify(names)}) { try { load(name); loaded.push(name); } catch (error) { loaded.push(name + ': ' + error.message); } }
      console.log(JSON.stringify({ packages: packages.map((name) => 'node_modules/' + name.replace('/package.json', '')), loaded }));
    `)) as { readonly packages: readonly string[]; readonly loaded: readonly string[] };
    expect(found.loaded).toEqual(names);
    const production = (path: string) => packages[path]?.dev !== true && packages[path]?.devOptional !== true;
    expect(found.packages.filter((path) => !Object.hasOwn(packages, path) || !production(path))).toEqual([]);
    expect(found.packages.length).toBeGreaterThan(names.length);
  });

  test('drains at SIGTERM and ends within its grace, with 0', async () => {
    const startMs = performance.now();
    process.kill(await containerProcess(node), 'SIGTERM');
    const ended = await waitUntil('the end of the container', async () => {
      const path = 'jsonpath={.status.containerStatuses[0].state.terminated.exitCode}';
      const { stdout } = await node.controlPlane.kubectl(['get', 'pod', 'seawall', '-o', path]);
      return stdout === '' ? undefined : stdout;
    });
    process.stderr.write(`image: ended ${Math.round(performance.now() - startMs)} ms after SIGTERM\n`);
    expect(ended).toBe('0');
    expect(await logLines(node, 'stopped')).toHaveLength(1);
  });
});

/** The log lines of the pod with this message. */
async function logLines({ controlPlane }: ClusterNode, message: string): Promise<readonly string[]> {
  const { stdout } = await controlPlane.kubectl(['logs', 'seawall']);
  return stdout.split('\n').filter((line) => line.includes(`"msg":"${message}"`));
}

/** The process id of the pod's container on this machine. */
async function containerProcess({ controlPlane }: ClusterNode): Promise<number> {
  const path = 'jsonpath={.status.containerStatuses[0].containerID}';
  const { stdout } = await controlPlane.kubectl(['get', 'pod', 'seawall', '-o', path]);
  const socket = join(controlPlane.folder, 'containerd', 'containerd.sock');
  const tasks = await mustRun('ctr', ['--address', socket, '--namespace', 'k8s.io', 'tasks', 'ls']);
  const line = tasks.split('\n').find((each) => each.startsWith(stdout.replace('containerd://', '')));
  const pid = Number(line?.split(/ +/)[1]);
  if (!Number.isInteger(pid)) throw new Error(`no task of ${stdout} in:\n${tasks}`);
  return pid;
}

/** Milliseconds since the epoch, to the tick of 10 ms in which /proc counts from the machine's start. */
function processStartMs(pid: number): number {
  const uptimeMs = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
  return Date.now() - uptimeMs + Number(processStat(pid)?.startTime) * 10;
}
