import { rootCertificates } from 'node:tls';
import { createApiClient } from '../../../src/cluster/api-client.ts';
import type { ApiClient, ApiErrorCode, WatchEvent } from '../../../src/cluster/api.ts';
import { ApiError } from '../../../src/cluster/api.ts';
import type { Credentials } from '../../../src/cluster/credentials.ts';
import type { ControlPlane } from '../harness/control-plane.ts';
import { startControlPlane } from '../harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from '../harness/levels.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { administrator, bearer, withHeaders } from './credentials-of.ts';

describeLevel('control plane', 'the API client', () => {
  let cluster: ControlPlane;
  let admin: Credentials;
  let client: ApiClient;
  const configMaps = '/api/v1/namespaces/default/configmaps';

  beforeAll(async () => {
    // What is a second old is soon forgotten, and answered with 410.
    cluster = await startControlPlane({ apiServerFlags: ['--etcd-compaction-interval=1s'] });
    admin = administrator(cluster);
    client = createApiClient(admin);
  }, startTimeoutMs);
  afterAll(async () => {
    client.close();
    await cluster.stop();
  });

  const configMap = (name: string, data: object = {}) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data,
  });

  async function userName(who: ApiClient): Promise<unknown> {
    const { body } = await who.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    });
    const { status } = body as { status: { userInfo: { username: string } } };
    return status.userInfo.username;
  }

  test('is who its certificate, its token or its impersonation says', async () => {
    const token = await cluster.serviceAccountToken('default', 'reader');
    const asToken = createApiClient(bearer(cluster, token));
    const asJane = createApiClient(withHeaders(admin, { 'impersonate-user': 'jane' }));
    expect(await userName(client)).toBe('admin');
    expect(await userName(asToken)).toBe('system:serviceaccount:default:reader');
    expect(await userName(asJane)).toBe('jane');
    asToken.close();
    asJane.close();
  });

  test('gives status and body of what succeeded', async () => {
    const made = await client.request('POST', configMaps, { body: configMap('made', { key: 'žluť' }) });
    expect(made).toMatchObject({ status: 201, body: { data: { key: 'žluť' } } });
    const patched = await client.request('PATCH', `${configMaps}/made`, {
      contentType: 'application/merge-patch+json',
      body: { data: { more: '1' } },
    });
    expect(patched).toMatchObject({ status: 200, body: { data: { key: 'žluť', more: '1' } } });
    expect(await client.request('DELETE', `${configMaps}/made`)).toMatchObject({ status: 200 });
  });

  test.each<[string, ApiErrorCode, number | undefined, string, (from: ApiClient) => Promise<unknown>]>([
    [
      'a path that is not there',
      'not-found',
      404,
      'GET /api/v1/namespaces/default/configmaps/none: HTTP 404: configmaps "none" not found',
      (from) => from.request('GET', `${configMaps}/none`),
    ],
    [
      'a group that is not there',
      'not-found',
      404,
      'GET /apis/nobody.example/v1/things: HTTP 404: 404 page not found',
      (from) => from.request('GET', '/apis/nobody.example/v1/things'),
    ],
    [
      'a name that is taken',
      'conflict',
      409,
      'POST /api/v1/namespaces: HTTP 409: namespaces "default" already exists',
      (from) => from.request('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } }),
    ],
    [
      'an object that cannot be',
      'invalid',
      422,
      'POST /api/v1/namespaces: HTTP 422: Namespace "A" is invalid: metadata.name: Invalid value: "A": ' +
        `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with ` +
        `an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
      (from) => from.request('POST', '/api/v1/namespaces', { body: { metadata: { name: 'A' } } }),
    ],
    [
      'a continue token that is none',
      'invalid',
      400,
      'GET /api/v1/pods?limit=1&continue=x: HTTP 400: invalid continue token: continue key is not valid: illegal base64 data at input byte 0',
      (from) => from.request('GET', '/api/v1/pods?limit=1&continue=x'),
    ],
    [
      'an answer that is not JSON',
      'not-understood',
      undefined,
      'GET /readyz: the answer is no JSON: ok',
      (from) => from.request('GET', '/readyz'),
    ],
    [
      'an answer above its bound',
      'not-understood',
      undefined,
      'GET /api/v1/namespaces: the answer is more than 100 bytes',
      (from) => from.request('GET', '/api/v1/namespaces', { maxResponseBytes: 100 }),
    ],
    [
      'a caller who gave up before',
      'cancelled',
      undefined,
      'GET /api/v1/namespaces: cancelled',
      (from) => from.request('GET', '/api/v1/namespaces', { signal: AbortSignal.abort() }),
    ],
  ])('%s: %s', async (_, code, status, message, act) => {
    const error = await act(client).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code, status, message });
  });

  test('an unknown token: unauthorized; one without rights: forbidden, in the words of the server', async () => {
    const unknown = createApiClient(bearer(cluster, 'nobody'));
    await expect(unknown.request('GET', '/api/v1/pods')).rejects.toMatchObject({
      code: 'unauthorized',
      status: 401,
      message: 'GET /api/v1/pods: HTTP 401: Unauthorized',
    });
    const visitor = createApiClient(bearer(cluster, await cluster.serviceAccountToken('default', 'visitor')));
    await expect(visitor.request('GET', '/api/v1/pods')).rejects.toMatchObject({
      code: 'forbidden',
      reason: 'Forbidden',
      message:
        'GET /api/v1/pods: HTTP 403: pods is forbidden: User "system:serviceaccount:default:visitor" cannot list ' +
        'resource "pods" in API group "" at the cluster scope',
    });
    unknown.close();
    visitor.close();
  });

  test('a server that another CA has signed, and one that is not there: unreachable', async () => {
    const wary = createApiClient({
      server: cluster.url,
      present: () => Promise.resolve({ tls: { ca: rootCertificates.slice(0, 1).join() }, headers: {} }),
    });
    await expect(wary.request('GET', '/version')).rejects.toMatchObject({
      code: 'unreachable',
      message: `GET /version: no answer from ${cluster.url}: the certificate of the server is not signed by the CA of the credentials (UNABLE_TO_VERIFY_LEAF_SIGNATURE)`,
    });
    const nowhere = createApiClient({ ...admin, server: 'https://127.0.0.1:1' });
    await expect(nowhere.request('GET', '/version')).rejects.toMatchObject({
      code: 'unreachable',
      message: 'GET /version: no answer from https://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    });
  });

  test('knows the clock of the server, within its second', async () => {
    const hourAhead = createApiClient(admin, { now: () => Date.now() + 3_600_000 });
    expect(hourAhead.clockOffsetMs()).toBe(0);
    await hourAhead.request('GET', '/version');
    expect(Math.abs(hourAhead.clockOffsetMs() + 3_600_000)).toBeLessThan(1_500);
    hourAhead.close();
  });

  test('a watch tells what happens, and ends when the server ends it', async () => {
    const { body } = await client.request('GET', configMaps);
    const { resourceVersion } = body['metadata'] as { resourceVersion: string };
    const seen: string[] = [];
    const note = ({ type, object }: WatchEvent) => {
      const { name } = object['metadata'] as { name: string };
      seen.push(`${type} ${name}`);
    };
    let opened = 0;
    const path = `${configMaps}?watch=1&resourceVersion=${resourceVersion}&timeoutSeconds=3`;
    const watched = client.watch(path, note, new AbortController().signal, { onOpen: () => (opened += 1) });
    await waitUntil('the watch', () => opened || undefined);
    await client.request('POST', configMaps, { body: configMap('watched', { large: 'x'.repeat(500_000) }) });
    await client.request('DELETE', `${configMaps}/watched`);
    await watched;
    expect(seen).toEqual(['ADDED watched', 'DELETED watched']);
    expect(opened).toBe(1);
  });

  test('a watch that the caller leaves is cancelled; what the caller throws comes back as it was', async () => {
    const leaving = new AbortController();
    const path = '/api/v1/namespaces?watch=1';
    const left = client.watch(path, () => leaving.abort(), leaving.signal);
    await expect(left).rejects.toMatchObject({ code: 'cancelled' });
    const bug = new Error('a bug of the caller');
    const throwing = () => {
      throw bug;
    };
    await expect(client.watch(path, throwing, new AbortController().signal)).rejects.toBe(bug);
  });

  test('a page after one that etcd has forgotten: gone', async () => {
    const first = await client.request('GET', '/api/v1/namespaces?limit=1');
    const { continue: next = '' } = first.body['metadata'] as { continue?: string };
    const error = await waitUntil('the compaction', async () => {
      await client.request('POST', configMaps, { body: { metadata: { generateName: 'revision-' } } });
      return client.request('GET', `/api/v1/namespaces?limit=1&continue=${next}`).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    });
    expect(error).toMatchObject({ code: 'gone', status: 410, reason: 'Expired' });
  });

  test('while etcd is paused: timeout', async () => {
    cluster.pauseEtcd();
    try {
      await expect(
        client.request('POST', configMaps, { body: configMap('late'), timeoutMs: 700 }),
      ).rejects.toMatchObject({
        code: 'timeout',
        message: `POST ${configMaps}: ${cluster.url} said nothing for 700 ms`,
      });
    } finally {
      cluster.resumeEtcd();
    }
  });

  test('a watch breaks where the API server goes away, and a client goes on with the next one', async () => {
    const watched = client
      .watch('/api/v1/namespaces?watch=1', () => undefined, new AbortController().signal)
      .catch((error: unknown) => error);
    await cluster.restartApiServer();
    const ended = await watched;
    if (ended !== undefined) expect(ended).toMatchObject({ code: 'unreachable' });
    expect(await client.request('GET', '/version')).toMatchObject({ status: 200 });
    // The new server's watch cache begins with what there is now.
    const stale = '/api/v1/namespaces?watch=1&resourceVersion=1';
    await expect(client.watch(stale, () => undefined, new AbortController().signal)).rejects.toMatchObject({
      code: 'gone',
      status: 410,
      reason: 'Expired',
    });
  });
});
