import jsonPatch from 'fast-json-patch';
import type { Operation } from 'fast-json-patch';
import type { Policy } from '../../src/policy/policy.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import type { Fields } from '../support/pods.ts';
import { capable, container, deployment, pod } from '../support/pods.ts';
import type { Response, UnderTest } from './webhook-under-test.ts';
import { makeCertificates, policyWith, responseOf, reviewOf, startUnderTest } from './webhook-under-test.ts';

let server: UnderTest;
let policy: Policy;

beforeAll(async () => {
  server = await startUnderTest(await makeCertificates(), { engine: { policy: () => policy } });
});
beforeEach(() => {
  policy = defaultPolicy();
});
afterAll(() => server.stop());

async function mutate(object: Fields | null, fields: Fields = {}): Promise<Response> {
  return responseOf(await server.post('/mutate?timeout=5s', reviewOf(object, fields)));
}

function patched(object: Fields, { patch = '' }: Response): Fields {
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString()) as Operation[];
  return jsonPatch.applyPatch(structuredClone(object), operations, true).newDocument;
}

const bare = (name: string): Fields => container({ name, securityContext: {} });
const silent = { uid: 'e1b2', allowed: true };

test('NET_RAW is dropped, which is told to the audit log and not to the caller', async () => {
  const object = pod({ containers: [bare('app'), bare('sidecar')] });
  const response = await mutate(object);
  expect(response).toEqual({
    ...silent,
    patchType: 'JSONPatch',
    patch: expect.any(String) as string,
    auditAnnotations: { repaired: 'dropped NET_RAW from app, sidecar' },
  });
  const repaired = patched(object, response);
  expect(await mutate(repaired)).toEqual(silent);
  expect(responseOf(await server.post('/validate', reviewOf(repaired)))).toEqual(silent);
});

test('a repair of medium severity and above is told to the caller, and only that', async () => {
  policy = policyWith({ rules: { 'net-raw': { fix: true }, 'host-ipc': { fix: true } } });
  const granted = { ...capable({ add: ['NET_RAW'] }), name: 'granted' };
  const { warnings, auditAnnotations } = await mutate(pod({ hostIPC: true, containers: [bare('app'), granted] }));
  expect(warnings).toEqual(['seawall: set hostIPC to false', 'seawall: dropped NET_RAW from granted']);
  expect(auditAnnotations).toEqual({
    repaired: expect.stringMatching(
      /^set hostIPC to false; dropped NET_RAW from (?:app, granted|granted, app)$/,
    ) as string,
  });
});

test('what may not be repaired is left to the validating twin', async () => {
  expect(await mutate(pod({ hostNetwork: true }))).toEqual(silent);
});

test.each<[string, Fields | null, Fields]>([
  ['a template of a workload', deployment({ containers: [bare('app')] }), {}],
  [
    'a pod that is there already: its fields cannot change',
    pod({ containers: [bare('app')] }),
    { operation: 'UPDATE' },
  ],
  ['what is being deleted', null, { operation: 'DELETE' }],
  [
    'a mirror pod',
    pod({ nodeName: 'n', containers: [bare('app')] }, { annotations: { 'kubernetes.io/config.mirror': '' } }),
    { userInfo: { username: 'system:node:n' } },
  ],
])('nothing is repaired in %s', async (_what, object, fields) => {
  const { allowed, patch } = await mutate(object, fields);
  expect({ allowed, patch }).toEqual({ allowed: true, patch: undefined });
});

test.each<[string, Fields, Fields, Fields | undefined]>([
  [
    'the list drop',
    capable({ drop: ['CHOWN'] }),
    capable({ drop: ['CHOWN', 'NET_RAW'] }),
    { drop: ['CHOWN', 'NET_RAW'] },
  ],
  [
    'a missing list',
    capable({ add: ['CHOWN'] }),
    capable({ add: ['CHOWN'], drop: ['NET_RAW'] }),
    { add: ['CHOWN'], drop: ['NET_RAW'] },
  ],
  ['a missing security context', container({ securityContext: null }), container(), { drop: ['NET_RAW'] }],
  ['nothing where another list is stored', capable({ drop: ['CHOWN'] }), capable({ drop: ['NET_RAW'] }), undefined],
  ['nothing where it was never repaired', capable({ drop: ['CHOWN'] }), capable({ drop: ['CHOWN'] }), undefined],
])('an update of a repaired pod is given back %s', async (_what, wanted, stored, capabilities) => {
  const object = pod({ containers: [wanted] });
  const response = await mutate(object, { operation: 'UPDATE', oldObject: pod({ containers: [stored] }) });
  const given = pod({ containers: [{ ...wanted, securityContext: { capabilities } }] });
  if (capabilities === undefined) expect(response).toEqual(silent);
  else expect(patched(object, response)).toEqual(given);
});

test('an update is given back that hostIPC is off', async () => {
  policy = policyWith({ rules: { 'host-ipc': { fix: true } } });
  const object = pod({ hostIPC: true });
  const update = (oldObject: Fields) => mutate(object, { operation: 'UPDATE', oldObject });
  expect(patched(object, await update(pod()))).toEqual(pod({ hostIPC: false }));
  expect(await update(object)).toEqual(silent);
});

test('of ephemeral containers only the added ones are repaired', async () => {
  const old = pod({ containers: [bare('app')], ephemeralContainers: [bare('old')] });
  const object = pod({ containers: [bare('app')], ephemeralContainers: [bare('new'), bare('old')] });
  const response = await mutate(object, { operation: 'UPDATE', subResource: 'ephemeralcontainers', oldObject: old });
  expect(response.auditAnnotations).toEqual({ repaired: 'dropped NET_RAW from new' });
  const { spec } = patched(object, response) as { spec: Fields };
  expect(spec['containers']).toEqual([bare('app')]);
});

test('what an exemption covers is not repaired', async () => {
  policy = policyWith({
    exemptions: [{ name: 'ping', reason: 'x', owner: 'x', rules: ['net-raw-default'], namespaces: ['default'] }],
  });
  expect(await mutate(pod({ containers: [bare('app')] }))).toEqual(silent);
});
