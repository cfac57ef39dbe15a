import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createApiClient } from '../../../src/cluster/api-client.ts';
import type { ApiClient } from '../../../src/cluster/api.ts';
import type { ConnectOptions } from '../../../src/cluster/connect.ts';
import { connect, findCredentials } from '../../../src/cluster/connect.ts';
import { CredentialsError } from '../../../src/cluster/credentials-error.ts';
import type { ControlPlane } from '../harness/control-plane.ts';
import { startControlPlane } from '../harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from '../harness/levels.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seawall-connect-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a file into the folder of the test and returns its path. */
function file(name: string, content: string | object, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode });
  return path;
}

const entry = (name: string) => ({
  clusters: [{ name, cluster: { server: `https://${name}.example` } }],
  users: [{ name, user: { token: `token-of-${name}` } }],
  contexts: [{ name, context: { cluster: name, user: name, namespace: `ns-${name}` } }],
});

describe('which cluster, as whom', () => {
  const found = async (options: ConnectOptions) => {
    const { credentials, namespace, source } = await findCredentials(options);
    const { headers } = await credentials.present();
    return { server: credentials.server, headers, namespace: await namespace(), source };
  };

  test('of the files of KUBECONFIG the first entry of a name counts, the first current-context, and a missing file is passed over', async () => {
    const first = file('first', { ...entry('a'), 'current-context': 'a' });
    const { clusters } = entry('b');
    // Of a name that the first file has already.
    const shadowed = [{ name: 'a', cluster: { server: 'https://shadowed.example' } }];
    const second = file('second', { ...entry('b'), clusters: [...shadowed, ...clusters], 'current-context': 'b' });
    const KUBECONFIG = [join(folder, 'missing'), first, second].join(':');
    expect(await found({ env: { KUBECONFIG } })).toEqual({
      server: 'https://a.example',
      headers: { Authorization: 'Bearer token-of-a' },
      namespace: 'ns-a',
      source: 'context a',
    });
    const b = await found({ env: { KUBECONFIG }, context: 'b' });
    expect(b).toMatchObject({ server: 'https://b.example', headers: { Authorization: 'Bearer token-of-b' } });
    const mixed = await found({ env: { KUBECONFIG }, context: 'b', user: 'a', as: 'jane', asGroups: ['dev', 'ops'] });
    expect(mixed).toMatchObject({
      server: 'https://b.example',
      headers: {
        Authorization: 'Bearer token-of-a',
        'Impersonate-User': 'jane',
        'Impersonate-Group': ['dev', 'ops'],
      },
    });
  });

  test('HOME leads to a kubeconfig, which counts before the ServiceAccount of a pod', async () => {
    mkdirSync(join(folder, '.kube'));
    file('.kube/config', { ...entry('home'), 'current-context': 'home' });
    const env = { HOME: folder, KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
    expect(await found({ env })).toMatchObject({ source: 'context home' });
  });

  test('a pod speaks as its ServiceAccount, with the token that is there now', async () => {
    file('token', 'one\n');
    file('ca.crt', 'an authority');
    file('namespace', 'seawall\n');
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    const { credentials, namespace, source } = await findCredentials({ env, serviceAccountFolder: folder });
    expect([credentials.server, source, await namespace()]).toEqual([
      'https://[fd00::1]:6443',
      'ServiceAccount of this pod',
      'seawall',
    ]);
    const both = await Promise.all([credentials.present(), credentials.present()]);
    expect(both.map(({ headers }) => headers)).toEqual([
      { authorization: 'Bearer one' },
      { authorization: 'Bearer one' },
    ]);
    file('token', 'another');
    expect(await credentials.present()).toEqual({
      tls: { ca: 'an authority' },
      headers: { authorization: 'Bearer another' },
    });
    rmSync(join(folder, 'token'));
    expect(await credentials.present()).toMatchObject({ headers: { authorization: 'Bearer another' } });
  });

  test('to a server without TLS nothing is presented', async () => {
    const clusters = [{ name: 'a', cluster: { server: 'http://127.0.0.1:8001' } }];
    const kubeconfig = file('plain', { ...entry('a'), clusters, 'current-context': 'a' });
    expect(await found({ env: {}, kubeconfig })).toMatchObject({ headers: {} });
  });

  test.each<[string, () => ConnectOptions, string, string]>([
    [
      'nothing names a cluster',
      () => ({ env: {} }),
      'no-cluster',
      'no cluster: this is no pod, and neither KUBECONFIG nor HOME is set; name one (--kubeconfig, or KUBECONFIG)',
    ],
    [
      'no file is there',
      () => ({ env: { KUBECONFIG: '/nowhere/config' } }),
      'no-cluster',
      'no cluster: this is no pod, and there is no kubeconfig /nowhere/config; name one (--kubeconfig, or KUBECONFIG)',
    ],
    [
      'the file that is named is not there',
      () => ({ env: {}, kubeconfig: '/nowhere/config' }),
      'no-cluster',
      'there is no kubeconfig /nowhere/config; name one (--kubeconfig)',
    ],
    [
      'an unknown context',
      () => ({ env: {}, kubeconfig: file('k', { ...entry('a'), 'current-context': 'a' }), context: 'b\u001b[2J' }),
      'unknown-name',
      'there is no context b\\u001b[2J in FOLDER/k; it has: a',
    ],
    [
      'no context',
      () => ({ env: {}, kubeconfig: file('k', entry('a')) }),
      'unknown-name',
      'FOLDER/k sets no current-context; name one (--context): a',
    ],
    [
      'an unknown user',
      () => ({ env: {}, kubeconfig: file('k', entry('a')), context: 'a', user: 'x' }),
      'unknown-name',
      'there is no user x in FOLDER/k; it has: a',
    ],
    [
      'broken YAML, whose secrets are not quoted',
      () => ({ env: {}, kubeconfig: file('k', 'token: secret\n\tuser: [') }),
      'unreadable',
      'the kubeconfig FOLDER/k cannot be read: tab characters must not be used in indentation',
    ],
    [
      'groups without a user',
      () => ({ env: {}, kubeconfig: file('k', entry('a')), context: 'a', asGroups: ['dev'] }),
      'unknown-name',
      'groups are impersonated only beside a user: name one (--as)',
    ],
  ])('%s', async (_, options, code, message) => {
    const error = await findCredentials(options()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CredentialsError);
    if (!(error instanceof CredentialsError)) return;
    expect([error.code, error.message.replace(folder, 'FOLDER')]).toEqual([code, message]);
  });

  test('a pod without a token says what it lacks', async () => {
    const { credentials, namespace } = await findCredentials({
      env: { KUBERNETES_SERVICE_HOST: '10.96.0.1' },
      serviceAccountFolder: '/nowhere',
    });
    await expect(createApiClient(credentials).request('GET', '/version')).rejects.toMatchObject({
      code: 'unauthorized',
      status: undefined,
      message:
        'GET /version: the credentials cannot be had: the ServiceAccount of this pod cannot be read: ENOENT: no such ' +
        "file or directory, stat '/nowhere/token'; its pod needs automountServiceAccountToken: true",
    });
    await expect(namespace()).rejects.toThrow('name it (--namespace)');
  });
});

describeLevel('control plane', 'connecting', () => {
  let cluster: ControlPlane;
  let ca: string;
  let token: string;
  beforeAll(async () => {
    cluster = await startControlPlane();
    ca = Buffer.from(cluster.ca.certificate).toString('base64');
    token = await cluster.serviceAccountToken('default', 'reader');
  }, startTimeoutMs);
  afterAll(() => cluster.stop());

  const kubeconfigOf = (user: object, more: object = {}) =>
    file('config', {
      clusters: [{ name: 'c', cluster: { server: cluster.url, 'certificate-authority-data': ca, ...more } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    });

  async function whoAmI(client: ApiClient): Promise<string> {
    const { body } = await client.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    });
    client.close();
    return (body as { status: { userInfo: { username: string } } }).status.userInfo.username;
  }

  const reader = 'system:serviceaccount:default:reader';
  const whoIs = async (kubeconfig: string, options: Partial<ConnectOptions> = {}) =>
    whoAmI(await connect({ env: {}, kubeconfig, ...options }));

  test('by certificate, token, token file, and on behalf of others', async () => {
    expect(await whoIs(cluster.kubeconfig)).toBe('admin');
    expect(await whoIs(cluster.kubeconfig, { as: 'jane', asGroups: ['dev'] })).toBe('jane');
    expect(await whoIs(kubeconfigOf({ token }))).toBe(reader);
    expect(await whoIs(kubeconfigOf({ 'token-file': file('token', `${token}\n`) }))).toBe(reader);
  });

  test('by the ServiceAccount of a pod', async () => {
    file('token', token);
    file('ca.crt', cluster.ca.certificate);
    const { hostname, port } = new URL(cluster.url);
    const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    expect(await whoAmI(await connect({ env, serviceAccountFolder: folder }))).toBe(reader);
  });

  const plugIn = (script: string, more: object = {}) => {
    file('login.sh', `#!/bin/sh\n${script}\n`, 0o700);
    return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './login.sh', ...more } };
  };
  const credential = (fields: string) =>
    `echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{${fields}}}'`;

  test('by a plug-in beside the kubeconfig, which is told of the cluster and asked once', async () => {
    const script = `echo "$KUBERNETES_EXEC_INFO" >> "$(dirname "$0")/asked"\n${credential(`"token":"${token}"`)}`;
    const kubeconfig = kubeconfigOf(plugIn(script, { provideClusterInfo: true }));
    const client = await connect({ env: {}, kubeconfig });
    await client.request('GET', '/version');
    expect(await whoAmI(client)).toBe(reader);
    const asked = readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
    expect(asked).toHaveLength(1);
    expect(JSON.parse(asked.join())).toMatchObject({
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: cluster.url } },
    });
  });

  test('a plug-in is asked again where its token is refused', async () => {
    const again = `if [ -e "$(dirname "$0")/asked" ]; then ${credential(`"token":"${token}"`)}; else touch "$(dirname "$0")/asked"; ${credential('"token":"old"')}; fi`;
    expect(await whoIs(kubeconfigOf(plugIn(again)))).toBe(reader);
  });

  test.each([
    [
      'echo "no session, log in first" >&2; exit 1',
      {},
      'the plug-in FOLDER/login.sh of the user u failed: no session, log in first',
    ],
    ['echo hello', {}, 'the plug-in FOLDER/login.sh of the user u failed: it printed no ExecCredential'],
    [
      '',
      { command: 'no-such-plug-in', installHint: 'get it from the shop' },
      'the plug-in no-such-plug-in of the user u failed: spawn no-such-plug-in ENOENT; get it from the shop',
    ],
  ])('a plug-in that fails: %s', async (script, more, message) => {
    const client = await connect({ env: {}, kubeconfig: kubeconfigOf(plugIn(script, more)) });
    const error = await client.request('GET', '/version').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'unauthorized', status: undefined });
    expect(String(error).replace(folder, 'FOLDER')).toBe(
      `ApiError: GET /version: the credentials cannot be had: ${message}`,
    );
  });

  test('through a proxy', async () => {
    const tunnels: (string | undefined)[] = [];
    const proxy = createServer();
    proxy.on('connect', ({ url = '' }, socket) => {
      tunnels.push(url);
      const [host = '', port = ''] = url.split(':');
      const onward = connectSocket(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      // Either side may go while the other still writes.
      pipeline(socket, onward, socket, () => undefined);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    try {
      expect(await whoIs(kubeconfigOf({ token }, { 'proxy-url': `http://127.0.0.1:${port}` }))).toBe(reader);
      expect(tunnels).toEqual([new URL(cluster.url).host]);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});
