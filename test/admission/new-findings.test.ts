import type { Policy } from '../../src/policy/policy.ts';
import type { Fields } from '../support/pods.ts';
import { container, deployment, pod } from '../support/pods.ts';
import type { Response, UnderTest } from './webhook-under-test.ts';
import { makeCertificates, policyWith, responseOf, reviewOf, startUnderTest } from './webhook-under-test.ts';

let server: UnderTest;
let policy: Policy;

beforeAll(async () => {
  server = await startUnderTest(await makeCertificates(), { engine: { policy: () => policy } });
});
beforeEach(() => {
  policy = policyWith({ workloads: 'deny' });
});
afterAll(() => server.stop());

async function update(oldObject: Fields, object: Fields): Promise<Response> {
  return responseOf(await server.post('/validate', reviewOf(object, { operation: 'UPDATE', oldObject })));
}
const fieldsOf = ({ status }: Response): string[][] =>
  status?.details?.causes.map(({ reason, field }) => [reason, field]) ?? [];

const netshoot = { containers: [container({ image: 'nicolaka/netshoot' })] };
const nc = { containers: [container({ command: ['nc', '-l', '80'] })] };
const ncCalled = (name: string): Fields => container({ name, command: ['nc', '-l', '80'] });
const hostPath = { volumes: [{ name: 'root', hostPath: { path: '/' } }] };

describe('an update that improves an object is not denied for what is left', () => {
  test('host access is taken from a tool, which keeps some', async () => {
    const { allowed, auditAnnotations } = await update(
      deployment({ ...netshoot, hostNetwork: true, hostPID: true }),
      deployment({ ...netshoot, hostNetwork: true }),
    );
    expect([allowed, auditAnnotations]).toEqual([
      true,
      {
        warned:
          'host-network at spec.template.spec.hostNetwork; network-tool-image at spec.template.spec.containers[0].image',
      },
    ]);
  });
  test.each<[string, Fields, Fields]>([
    ['all host access is taken from a tool', { ...netshoot, hostPID: true }, netshoot],
    [
      'host access that does not raise it is added to a tool that has some',
      { ...nc, hostPID: true, hostNetwork: true },
      {
        ...nc,
        ...hostPath,
        hostPID: true,
      },
    ],
    ['a tool is taken away', { ...netshoot, hostPID: true }, { hostPID: true }],
    [
      'host access is taken from one of two',
      { containers: [ncCalled('a'), ncCalled('b')], hostPID: true },
      {
        containers: [ncCalled('b')],
        hostPID: true,
      },
    ],
  ])('%s', async (_what, oldSpec, spec) => {
    expect(fieldsOf(await update(deployment(oldSpec), deployment(spec)))).toEqual([]);
    expect(fieldsOf(await update(pod(oldSpec), pod(spec)))).toEqual([]);
  });
});

describe('host access that makes a tool worse makes its finding a new one', () => {
  test.each<[string, Fields, Fields, string[][]]>([
    [
      'warned of before, denied with hostPID',
      nc,
      { ...nc, hostPID: true },
      [
        ['network-tool-command', 'spec.containers[0].command[0]'],
        ['host-pid', 'spec.hostPID'],
      ],
    ],
    [
      'with a hostPath that is only warned of itself',
      nc,
      { ...nc, ...hostPath },
      [['network-tool-command', 'spec.containers[0].command[0]']],
    ],
    [
      'denied before, critical with host access',
      netshoot,
      { ...netshoot, ...hostPath },
      [['network-tool-image', 'spec.containers[0].image']],
    ],
  ])('%s', async (_what, oldSpec, spec, causes) => {
    expect(fieldsOf(await update(pod(oldSpec), pod(spec)))).toEqual(causes);
  });

  test('one old finding excuses one new one, not two', async () => {
    const two = { containers: [ncCalled(''), ncCalled('')], hostPID: true };
    const one = { containers: [ncCalled('')], hostPID: true };
    expect(fieldsOf(await update(pod(one), pod(two)))).toEqual([
      ['network-tool-command', 'spec.containers[1].command[0]'],
    ]);
  });

  test('another port of the node is another finding', async () => {
    policy = policyWith({ rules: { 'host-port': { action: 'deny' } } });
    const listening = (hostPort: number): Fields =>
      pod({ containers: [container({ ports: [{ name: 'a', containerPort: 80, hostPort }] })] });
    expect(fieldsOf(await update(listening(8080), listening(9090)))).toEqual([
      ['host-port', 'spec.containers[0].ports[0].hostPort'],
    ]);
    expect(fieldsOf(await update(listening(8080), listening(8080)))).toEqual([]);
  });
});
