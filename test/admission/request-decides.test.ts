import type { Policy } from '../../src/policy/policy.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import type { Fields } from '../support/pods.ts';
import { deployment, pod } from '../support/pods.ts';
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

async function validate(object: Fields, fields: Fields = {}): Promise<Response> {
  return responseOf(await server.post('/validate', reviewOf(object, fields)));
}

test('an object of the whole cluster is in no namespace, whatever it says of itself', async () => {
  policy = policyWith({
    exemptions: [
      { name: 'named', reason: 'x', owner: 'x', rules: ['host-network'], namespaces: ['default', 'kube-system'] },
      { name: 'any', reason: 'x', owner: 'x', rules: ['host-network'], namespaces: ['*'] },
      { name: 'account', reason: 'x', owner: 'x', rules: ['host-network'], serviceAccounts: ['*/default'] },
    ],
    workloads: 'deny',
  });
  const template = deployment({ hostNetwork: true });
  for (const metadata of [{ name: 'a' }, { name: 'a', namespace: 'kube-system' }]) {
    const { allowed, auditAnnotations } = await validate({ ...template, metadata }, { namespace: '' });
    expect([allowed, auditAnnotations]).toEqual([false, { denied: 'host-network at spec.template.spec.hostNetwork' }]);
  }
  expect((await validate(template)).allowed).toBe(true);
});

describe('an object is judged as what the request says it is, not as what it calls itself', () => {
  const hostPod = pod({ hostNetwork: true });
  const disguises: [string, Fields][] = [
    ['nothing at all', { metadata: {}, spec: hostPod['spec'] }],
    ['kind: ""', { ...hostPod, kind: '' }],
    ['kind: null', { ...hostPod, kind: null }],
    ['apiVersion: ""', { ...hostPod, apiVersion: '' }],
    ['a ConfigMap', { ...hostPod, kind: 'ConfigMap' }],
    ['a kind of another group', { ...hostPod, apiVersion: 'example.com/v1' }],
    ['a PodList without items', { ...hostPod, kind: 'PodList', items: [] }],
    ['a List with a benign pod', { ...hostPod, kind: 'List', items: [pod()] }],
    ['options of attach', { ...hostPod, kind: 'PodAttachOptions' }],
  ];
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  test.each(disguises)('%s', async (_what, object) => {
    const { allowed, status } = await validate(object, { kind });
    expect([allowed, status?.details?.causes.map(({ field }) => field)]).toEqual([false, ['spec.hostNetwork']]);
    const { allowed: allowedUpdate } = await validate(pod({ hostNetwork: true, hostPID: true }), {
      kind,
      operation: 'UPDATE',
      oldObject: { ...object, spec: { ...(hostPod['spec'] as Fields), hostPID: true } },
    });
    expect(allowedUpdate).toBe(true);
  });
});
