import type { ApiErrorCode } from '../../src/cluster/api.ts';
import { ApiError } from '../../src/cluster/api.ts';
import type { JsonObject } from '../../src/policy/finding.ts';
import { asObject } from '../../src/policy/json.ts';
import { rehearse } from '../../src/rehearse/rehearse.ts';
import { replay } from '../../src/rehearse/replay.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const data = { name: 'data', emptyDir: {} };
const dataMount = { name: 'data', mountPath: '/data' };
const token = { name: 'kube-api-access-x7k2p', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } };
const tokenMount = { name: token.name, mountPath: tokenPath, readOnly: true };

/** The spec that the server gets of a pod with this spec. */
async function sentOf(spec: JsonObject): Promise<JsonObject> {
  const sent: JsonObject[] = [];
  const client = {
    request: (_: string, __: string, options?: { readonly body?: unknown }) => {
      const body = asObject(options?.body);
      sent.push(body);
      return Promise.resolve({ status: 201, body });
    },
  };
  expect(await replay(client, { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec }, 'scratch')).toEqual({
    state: 'taken',
  });
  return asObject(sent[0]?.['spec']);
}

test('a pod that ran is sent without its account, the token that the server added, and debug containers', async () => {
  const sent = await sentOf({
    serviceAccountName: 'app',
    serviceAccount: 'app',
    volumes: [data, token],
    initContainers: [{ name: 'init', volumeMounts: [tokenMount] }],
    containers: [{ name: 'app', volumeMounts: [dataMount, tokenMount] }, { name: 'side' }],
    ephemeralContainers: [{ name: 'debugger', volumeMounts: [tokenMount] }],
  });
  expect(sent).toEqual({
    automountServiceAccountToken: false,
    volumes: [data],
    initContainers: [{ name: 'init', volumeMounts: [] }],
    containers: [{ name: 'app', volumeMounts: [dataMount] }, { name: 'side' }],
  });
});

test.each([
  ['of a name of its own', { ...token, name: 'kube-api-access' }, tokenPath],
  ['mounted where the server mounts none', token, '/tokens'],
])("a token volume %s is the author's, and stays", async (_, volume, mountPath) => {
  const spec = { volumes: [volume], containers: [{ name: 'app', volumeMounts: [{ name: volume.name, mountPath }] }] };
  expect(await sentOf(spec)).toEqual({ ...spec, automountServiceAccountToken: false });
});

test('a spec without volumes gets none', async () => {
  const spec = { containers: [{ name: 'app', image: 'app:1' }] };
  expect(await sentOf(spec)).toEqual({ ...spec, automountServiceAccountToken: false });
});

const pods = (count: number): JsonObject[] =>
  Array.from({ length: count }, (_, index) => ({
    metadata: { namespace: 'shop', name: `p-${index}`, uid: `uid-${index}` },
    spec: { containers: [{ name: 'app', image: 'app:1' }] },
  }));

/** A cluster of bare pods, and a stage that answers as told. */
function rehearsed(count: number, answer: (turn: number) => JsonObject): ReturnType<typeof rehearse> {
  let turn = 0;
  const reply = (body: JsonObject) => ({ status: 200, body });
  const cluster = {
    request: (_: string, path: string) =>
      Promise.resolve(reply({ metadata: {}, items: path.startsWith('/api/v1/pods') ? pods(count) : [] })),
  };
  const stage = {
    namespace: 'scratch',
    client: {
      // Rejects where the answer throws.
      request: (_: string, __: string, options?: { readonly body?: unknown }) =>
        Promise.resolve(options).then((given) => reply({ ...asObject(given?.body), ...answer(turn++) })),
    },
  };
  return rehearse(cluster, { candidate: defaultPolicy(), nowMs: 0, list: {}, stage });
}

test.each<ApiErrorCode>([
  'server-error',
  'too-many-requests',
  'timeout',
  'unreachable',
  'broken-off',
  'not-understood',
  'conflict',
])('a pod that the server gives no answer for (%s) is told as that, counted, and holds up no other', async (code) => {
  const found = await rehearsed(3, (turn) => {
    if (turn === 1) throw new ApiError(code, `no answer: ${code}`);
    return {};
  });
  expect(found).toMatchObject({ unanswered: 1, refusedByServer: 0 });
  expect(
    found.workloads.map(({ owner, server }) => [owner.name, server]).filter(([, server]) => server),
  ).toContainEqual(['p-1', { state: 'unanswered', reason: `no answer: ${code}` }]);
});

test('a server that answers nothing any more ends the rehearsal, and so do credentials that ended', async () => {
  let asked = 0;
  const silent = rehearsed(50, () => {
    asked += 1;
    throw new ApiError('timeout', 'no answer');
  });
  await expect(silent).rejects.toThrow('20 pods in a row got no answer: no answer');
  expect(asked).toBe(20);
  const ended = rehearsed(3, () => {
    throw new ApiError('unauthorized', 'the token has expired');
  });
  await expect(ended).rejects.toThrow('the token has expired');
});
