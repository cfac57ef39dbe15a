import { createApiClient } from '../../../src/cluster/api-client.ts';
import type { ApiClient } from '../../../src/cluster/api.ts';
import { apply } from '../../../src/cluster/server-side-apply.ts';
import type { ControlPlane } from '../harness/control-plane.ts';
import { startControlPlane } from '../harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from '../harness/levels.ts';
import { administrator } from './credentials-of.ts';

describeLevel('control plane', 'server-side apply', () => {
  let cluster: ControlPlane;
  let client: ApiClient;
  beforeAll(async () => {
    cluster = await startControlPlane();
    client = createApiClient(administrator(cluster));
  }, startTimeoutMs);
  afterAll(async () => {
    client.close();
    await cluster.stop();
  });

  const pathOf = (name: string) => `/api/v1/namespaces/default/configmaps/${name}`;
  const configMap = (name: string, data: object) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data,
  });

  test('makes the object, then changes only what it owns, and removes what it leaves out', async () => {
    const own = { fieldManager: 'seawall' };
    await apply(client, pathOf('shared'), configMap('shared', { a: '1', b: '1' }), own);
    await apply(client, pathOf('shared'), configMap('shared', { theirs: '1' }), { fieldManager: 'others' });
    const now = await apply(client, pathOf('shared'), configMap('shared', { a: '2' }), own);
    expect(now['data']).toEqual({ a: '2', theirs: '1' });
  });

  test('a field of another manager is a conflict, unless it is taken over; a dry run changes nothing', async () => {
    const path = pathOf('contended');
    await apply(client, path, configMap('contended', { a: 'theirs' }), { fieldManager: 'others' });
    const ours = configMap('contended', { a: 'ours' });
    await expect(apply(client, path, ours, { fieldManager: 'seawall' })).rejects.toMatchObject({
      code: 'conflict',
      message: `PATCH ${path}?fieldManager=seawall&force=false&fieldValidation=Strict: HTTP 409: Apply failed with 1 conflict: conflict with "others": .data.a`,
    });
    const forced = { fieldManager: 'seawall', force: true };
    expect(await apply(client, path, ours, { ...forced, dryRun: true })).toMatchObject({ data: { a: 'ours' } });
    expect(await client.request('GET', path)).toMatchObject({ body: { data: { a: 'theirs' } } });
    await apply(client, path, ours, forced);
    expect(await client.request('GET', path)).toMatchObject({ body: { data: { a: 'ours' } } });
  });

  test('a field that the API server does not know is refused', async () => {
    const misspelt = { ...configMap('misspelt', {}), dada: {} };
    await expect(apply(client, pathOf('misspelt'), misspelt, { fieldManager: 'seawall' })).rejects.toThrow(
      '.dada: field not declared in schema',
    );
  });
});
