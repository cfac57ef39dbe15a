import { createApiClient } from '../../../src/cluster/api-client.ts';
import type { ApiClient, JsonObject } from '../../../src/cluster/api.ts';
import { ApiError } from '../../../src/cluster/api.ts';
import type { Credentials } from '../../../src/cluster/credentials.ts';
import { waitFor } from '../../../src/cluster/pace.ts';
import type { Reflector, ReflectorOptions } from '../../../src/cluster/reflector.ts';
import { startReflector } from '../../../src/cluster/reflector.ts';
import type { ControlPlane } from '../harness/control-plane.ts';
import { startControlPlane } from '../harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from '../harness/levels.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { administrator } from './credentials-of.ts';
import { cuttable } from './cuttable.ts';

/** What a cache keeps that forgets what a new list does not name. */
interface Mirror {
  readonly names: () => string[];
  /** Each event in its order, as `ADDED a`. */
  readonly events: string[];
  /** Each failure, as `code waitMs`. */
  readonly errors: string[];
  readonly reflector: Reflector;
}

const nameOf = (object: JsonObject): string => (object['metadata'] as { name: string }).name;

function mirror(client: ApiClient, path: string, options: Partial<ReflectorOptions> = {}): Mirror {
  let current = new Set<string>();
  let coming = new Set<string>();
  const events: string[] = [];
  const errors: string[] = [];
  const reflector = startReflector({
    client,
    path,
    onListBegin: () => {
      coming = new Set();
    },
    onPage: (items) => {
      for (const item of items) coming.add(nameOf(item));
    },
    onListEnd: () => {
      current = coming;
    },
    onEvent: (type, object) => {
      events.push(`${type} ${nameOf(object)}`);
      if (type === 'DELETED') current.delete(nameOf(object));
      else current.add(nameOf(object));
    },
    onError: (error, waitMs) => errors.push(`${(error as { code?: string }).code ?? String(error)} ${waitMs}`),
    random: () => 0.5,
    ...options,
  });
  return { names: () => [...current].sort(), events, errors, reflector };
}

describeLevel('control plane', 'the reflector', () => {
  let cluster: ControlPlane;
  let admin: Credentials;
  let client: ApiClient;
  beforeAll(async () => {
    cluster = await startControlPlane();
    admin = administrator(cluster);
    client = createApiClient(admin);
  }, startTimeoutMs);
  afterAll(async () => {
    client.close();
    await cluster.stop();
  });

  /** A namespace of its own for each test. */
  async function configMapsOf(namespace: string): Promise<string> {
    await client.request('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } });
    return `/api/v1/namespaces/${namespace}/configmaps`;
  }
  const make = (path: string, name: string, labels: object = {}) =>
    client.request('POST', path, { body: { metadata: { name, labels } } });
  const remove = (path: string, name: string) => client.request('DELETE', `${path}/${name}`);
  const synced = ({ reflector }: Mirror) => waitUntil('the first list', () => reflector.synced() || undefined);

  test('lists in pages, then tells what happens', async () => {
    const path = await configMapsOf('pages');
    const names = Array.from({ length: 7 }, (_, index) => `c${index}`);
    for (const name of names) await make(path, name);
    const sizes: number[] = [];
    const seen = mirror(client, path, { pageSize: 3, onPage: (items) => sizes.push(items.length) });
    await synced(seen);
    expect(sizes).toEqual([3, 3, 1]);
    expect(seen.reflector.items()).toBe(7);
    await make(path, 'new');
    await remove(path, 'c0');
    await waitUntil('both events', () => seen.events.length === 2 || undefined);
    expect(seen.events).toEqual(['ADDED new', 'DELETED c0']);
    expect(seen.reflector.items()).toBe(7);
    expect(seen.reflector.lastError()).toBeUndefined();
    expect(performance.now() - (seen.reflector.lastContactMs() ?? 0)).toBeLessThan(30_000);
    await seen.reflector.stop();
    await make(path, 'after');
    expect(seen.events).toHaveLength(2);
  });

  test('a selector in the path holds for list and watch', async () => {
    const path = await configMapsOf('selected');
    await make(path, 'a', { app: 'x' });
    await make(path, 'b');
    const seen = mirror(client, `${path}?labelSelector=app%3Dx`);
    const field = mirror(client, `${path}?fieldSelector=metadata.name%3Dd`);
    await Promise.all([synced(seen), synced(field)]);
    expect(seen.names()).toEqual(['a']);
    expect(field.names()).toEqual([]);
    await make(path, 'c', { app: 'x' });
    await make(path, 'd');
    // An object that leaves the selection is deleted, as far as the watch goes.
    await client.request('PATCH', `${path}/a`, {
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { app: null } } },
    });
    await waitUntil('the events', () => (seen.events.length === 2 && field.events.length === 1) || undefined);
    expect(seen.events).toEqual(['ADDED c', 'DELETED a']);
    expect(field.events).toEqual(['ADDED d']);
    await Promise.all([seen.reflector.stop(), field.reflector.stop()]);
  });

  test('goes on where it was after a cut connection, and after silence, without another list', async () => {
    const path = await configMapsOf('cut');
    const link = await cuttable(cluster.url);
    const far = createApiClient({ ...admin, server: link.url });
    const seen = mirror(far, path, { idleTimeoutMs: 2_000 });
    await synced(seen);
    await waitUntil('the first watch', () => seen.reflector.watches() === 1 || undefined);
    link.cut();
    await make(path, 'meanwhile');
    await waitUntil('the failure', () => seen.errors.length > 0 || undefined);
    expect(seen.reflector.lastError()).toBe('unreachable');
    link.mend();
    await waitUntil('the change', () => seen.events.length > 0 || undefined);
    expect(seen.events).toEqual(['ADDED meanwhile']);
    expect(seen.errors[0]).toBe('unreachable 750');
    const watches = seen.reflector.watches();
    const failures = seen.errors.length;
    // Nobody speaks and nobody hangs up, as when a machine is gone: TCP itself would take minutes to say so.
    link.freeze();
    await make(path, 'in-silence');
    await waitUntil('another watch', () => seen.reflector.watches() > watches || undefined);
    link.mend();
    await waitUntil('the change', () => seen.events.length > 1 || undefined);
    expect(seen.events).toEqual(['ADDED meanwhile', 'ADDED in-silence']);
    expect(seen.errors.slice(failures)).toEqual([]);
    expect(seen.reflector.relists()).toBe(0);
    await seen.reflector.stop();
    far.close();
    link.close();
  });

  test('over a restart of the API server no change is missed, and what was deleted in the gap is gone', async () => {
    const path = await configMapsOf('restart');
    for (let index = 0; index < 20; index++) await make(path, `old-${index}`);
    const link = await cuttable(cluster.url);
    const far = createApiClient({ ...admin, server: link.url });
    const hasty = { wait: (ms: number, signal: AbortSignal) => waitFor(Math.min(ms, 1_000), signal) };
    const seen = mirror(far, path, hasty);
    const steady = mirror(client, path, hasty);
    await Promise.all([synced(seen), synced(steady)]);
    const written = ['old-2', 'old-3'];
    for (let index = 4; index < 20; index++) written.push(`old-${index}`);
    link.cut();
    await remove(path, 'old-0');
    await make(path, 'in-the-gap');
    await remove(path, 'old-1');
    await waitUntil('its end', () => !steady.names().includes('old-1') || undefined);
    // Only a new server has forgotten what happened in the gap, and answers 410.
    await cluster.restartApiServer();
    link.mend();
    for (let index = 0; index < 20; index++) {
      await make(path, `new-${index}`);
      written.push(`new-${index}`);
    }
    const truth = [...written, 'in-the-gap'].sort();
    const { body } = await client.request('GET', path);
    expect((body['items'] as JsonObject[]).map(nameOf).sort()).toEqual(truth);
    for (const each of [seen, steady]) {
      await waitUntil(
        'the truth',
        () => (each.names().length === truth.length && each.names().includes('new-19')) || undefined,
      );
      expect(each.names()).toEqual(truth);
      expect(each.reflector.items()).toBe(truth.length);
    }
    expect(seen.reflector.relists()).toBe(1);
    // However often it could not be reached before: now that it answers, it is listed at once.
    expect(seen.errors.at(-1)).toBe('gone 0');
    await Promise.all([seen.reflector.stop(), steady.reflector.stop()]);
    far.close();
    link.close();
  });

  test('without the right to list it tries again, later and later, and begins once it may', async () => {
    const path = await configMapsOf('rights');
    const asJane = createApiClient({
      ...admin,
      present: async () => ({ ...(await admin.present()), headers: { 'impersonate-user': 'jane' } }),
    });
    const waits: number[] = [];
    const may = Promise.withResolvers<undefined>();
    const seen = mirror(asJane, path, {
      wait: async (ms) => {
        waits.push(ms);
        if (waits.length === 8) await may.promise;
      },
    });
    await waitUntil('eight failures', () => waits.length === 8 || undefined);
    expect(waits).toEqual([750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500, 22_500]);
    expect([seen.reflector.synced(), seen.reflector.lastError()]).toEqual([false, 'forbidden']);
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    await client.request('POST', `${rbac}/clusterroles`, {
      body: {
        metadata: { name: 'watch-config-maps' },
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }],
      },
    });
    await client.request('POST', `${rbac}/clusterrolebindings`, {
      body: {
        metadata: { name: 'jane' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'watch-config-maps' },
        subjects: [{ kind: 'User', name: 'jane' }],
      },
    });
    await waitUntil('the right', async () => {
      await asJane.request('GET', path);
      return true;
    });
    may.resolve(undefined);
    await synced(seen);
    expect(seen.reflector.lastError()).toBeUndefined();
    await seen.reflector.stop();
    asJane.close();
  });

  test('a callback that throws is told of, and the collection is listed anew', async () => {
    const path = await configMapsOf('callback');
    const seen = mirror(client, path, {
      onEvent: () => {
        throw new Error('no room');
      },
      wait: () => Promise.resolve(),
    });
    await synced(seen);
    await waitUntil('the watch', () => seen.reflector.watches() === 1 || undefined);
    await make(path, 'a');
    await waitUntil('another list', () => (seen.reflector.relists() === 1 && seen.names().length === 1) || undefined);
    expect(seen.names()).toEqual(['a']);
    expect(seen.errors).toEqual(['Error: no room 750']);
    await seen.reflector.stop();
  });
});

test('a server that forgets each list as soon as it has sent it is not asked without a pause', async () => {
  const waits: number[] = [];
  const enough = Promise.withResolvers<undefined>();
  const forgetful = mirror(
    {
      request: () => Promise.resolve({ status: 200, body: { metadata: { resourceVersion: '1' }, items: [] } }),
      watch: () => Promise.reject(new ApiError('gone', 'too old resource version: 1 (2)', { status: 410 })),
      clockOffsetMs: () => 0,
      close: () => undefined,
    },
    '/api/v1/pods',
    {
      wait: async (ms) => {
        waits.push(ms);
        if (waits.length === 3) await enough.promise;
      },
    },
  );
  await waitUntil('three waits', () => waits.length === 3 || undefined);
  expect(waits).toEqual([750, 1_500, 3_000]);
  expect(forgetful.errors).toEqual(['gone 0', 'gone 750', 'gone 1500', 'gone 3000']);
  expect(forgetful.reflector.relists()).toBe(3);
  const stopped = forgetful.reflector.stop();
  enough.resolve(undefined);
  await stopped;
});
