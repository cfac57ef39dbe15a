import type { JsonObject } from '../../src/policy/finding.ts';
import { asObject } from '../../src/policy/json.ts';
import { replay } from '../../src/rehearse/replay.ts';

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
