import type { Policy } from '../../src/policy/policy.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import type { Fields } from '../support/pods.ts';
import { capable, container, deployment, pod } from '../support/pods.ts';
import type { Certificates, Response, UnderTest } from './webhook-under-test.ts';
import { makeCertificates, policyWith, responseOf, reviewOf, startUnderTest } from './webhook-under-test.ts';

let certificates: Certificates;
let server: UnderTest;
let policy: Policy;

beforeAll(async () => {
  certificates = await makeCertificates();
  server = await startUnderTest(certificates, { engine: { policy: () => policy } });
});
beforeEach(() => {
  policy = defaultPolicy();
});
afterAll(() => server.stop());

async function validate(object: Fields | null, fields: Fields = {}): Promise<Response> {
  return responseOf(await server.post('/validate?timeout=5s', reviewOf(object, fields)));
}

const tool = container({ name: 'tool', image: 'nicolaka/netshoot' });

describe('a review is answered with its uid', () => {
  test('and nothing else where there is nothing to say', async () => {
    const { text } = await server.post('/validate', reviewOf(pod()));
    expect(text).toBe(
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"e1b2","allowed":true}}',
    );
  });

  test.each(['a"b\\c', '\u0000\u001b[31m', '\ud800', 'ü€😀', 'x'.repeat(100_000)])(
    'of any characters and length (%#)',
    async (uid) => {
      expect((await validate(pod(), { uid })).uid).toBe(uid);
    },
  );

  test('a kind that holds no pod is let through', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: {} };
    expect(await validate(service)).toEqual({ uid: 'e1b2', allowed: true });
  });
});

describe('a denial', () => {
  test('tells every finding with its field and what to do', async () => {
    const { allowed, status, auditAnnotations, patch } = await validate(pod({ hostNetwork: true, hostIPC: true }));
    expect(allowed).toBe(false);
    expect(patch).toBeUndefined();
    expect(status).toEqual({
      status: 'Failure',
      code: 403,
      reason: 'Forbidden',
      message: [
        'Seawall refuses Pod default/app by policy default: 2 findings',
        "- spec.hostNetwork: hostNetwork: true puts the pod on its node's network [host-network, high]. What to do: Remove `hostNetwork: true`. Publish ports through a Service; where a node agent needs the host network, write an exemption for it.",
        "- spec.hostIPC: hostIPC: true shares the node's memory segments and queues with the pod [host-ipc, medium]. What to do: Remove `hostIPC: true`; containers of one pod share memory through an `emptyDir` of medium `Memory`.",
      ].join('\n'),
      details: {
        causes: [
          {
            reason: 'host-network',
            field: 'spec.hostNetwork',
            message: "hostNetwork: true puts the pod on its node's network",
          },
          {
            reason: 'host-ipc',
            field: 'spec.hostIPC',
            message: "hostIPC: true shares the node's memory segments and queues with the pod",
          },
        ],
      },
    });
    expect(auditAnnotations).toEqual({ denied: 'host-network at spec.hostNetwork; host-ipc at spec.hostIPC' });
  });

  test('names the Falco rule where a tool has host access', async () => {
    const { status } = await validate(pod({ hostNetwork: true, containers: [tool] }));
    expect(status?.message).toContain('Launch Suspicious Network Tool on Host');
    expect(status?.message.split('\n')[1]).toContain('[network-tool-image, critical]');
  });

  test('is bounded, and says how much it leaves out', async () => {
    const containers = Array.from({ length: 5_000 }, (_, index) => ({
      ...tool,
      name: `${'long'.repeat(15)}-${index}`,
    }));
    const { status } = await validate(pod({ containers }));
    expect(Buffer.byteLength(status?.message ?? '')).toBeLessThanOrEqual(32 * 1024);
    expect(status?.message).toMatch(/: 5000 findings\n/);
    expect(status?.message).toMatch(/\n- and 4900 more$/);
    expect(status?.details?.causes).toHaveLength(100);
  });

  test('does not carry the control characters that its author wrote', async () => {
    const evil = { ...tool, name: 'a\u001b[2J\nWarning: \u202eall is well' };
    const { status, auditAnnotations } = await validate(pod({ containers: [evil] }, { name: '\u0007app' }));
    const texts = [status?.message ?? '', JSON.stringify(auditAnnotations)].join('').replaceAll('\n- ', '');
    expect(texts).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });
});

describe('warnings', () => {
  test('tell what is let through', async () => {
    expect(await validate(pod({ volumes: [{ name: 'etc', hostPath: { path: '/etc' } }] }))).toEqual({
      uid: 'e1b2',
      allowed: true,
      warnings: ['seawall: host-path spec.volumes[0].hostPath.path: hostPath /etc leads to the host'],
      auditAnnotations: { warned: 'host-path at spec.volumes[0].hostPath.path' },
    });
  });

  test('are one line each, short, and bounded together', async () => {
    const volumes = Array.from({ length: 500 }, (_, index) => ({
      name: `v${index}`,
      hostPath: { path: `/etc/${index}\u001b[31m\n${'ü'.repeat(200)}` },
    }));
    const { warnings = [], auditAnnotations = {} } = await validate(pod({ volumes }));
    expect(warnings.every((line) => Buffer.byteLength(line) <= 120)).toBe(true);
    expect(warnings.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(Buffer.byteLength(warnings.join(''))).toBeLessThanOrEqual(4096);
    expect(warnings.at(-1)).toMatch(/^seawall: and \d+ more$/);
    for (const [key, value] of Object.entries(auditAnnotations)) {
      expect(key).toMatch(/^[a-z-]{1,63}$/);
      expect(Buffer.byteLength(value)).toBeLessThanOrEqual(2_000);
    }
  });

  test('a pod that keeps NET_RAW is told of it where nobody repaired it', async () => {
    const { warnings } = await validate(pod({ containers: [container({ securityContext: {} })] }));
    expect(warnings).toEqual([
      "seawall: net-raw-default spec.containers[0]: keeps NET_RAW from the runtime's default set",
    ]);
  });
});

describe('templates of workloads', () => {
  test('are warned of by default', async () => {
    const { allowed, warnings } = await validate(deployment({ hostNetwork: true }));
    expect({ allowed, warnings }).toEqual({
      allowed: true,
      warnings: [
        "seawall: host-network spec.template.spec.hostNetwork: hostNetwork: true puts the pod on its node's network",
      ],
    });
  });

  test('are refused where the policy says so', async () => {
    policy = policyWith({ workloads: 'deny' });
    expect((await validate(deployment({ hostNetwork: true }))).allowed).toBe(false);
  });

  test('are never judged harder than the rule', async () => {
    policy = policyWith({ workloads: 'deny' });
    const { allowed } = await validate(deployment({ volumes: [{ name: 'etc', hostPath: { path: '/etc' } }] }));
    expect(allowed).toBe(true);
  });

  test.each(['audit', 'off'] as const)('say nothing to the caller with workloads: %s', async (workloads) => {
    policy = policyWith({ workloads });
    const { allowed, warnings } = await validate(deployment({ hostNetwork: true }));
    expect({ allowed, warnings }).toEqual({ allowed: true, warnings: undefined });
  });

  test('are not warned of what admission will repair in their pods', async () => {
    const { warnings, auditAnnotations } = await validate(
      deployment({ containers: [container({ securityContext: {} })] }),
    );
    expect(warnings).toBeUndefined();
    expect(auditAnnotations).toEqual({ audited: 'net-raw-default at spec.template.spec.containers[0]' });
  });
});

describe('an update', () => {
  const update = (object: Fields, oldObject: Fields, fields: Fields = {}): Promise<Response> =>
    validate(object, { operation: 'UPDATE', oldObject, ...fields });

  test('is not refused for what was there before, and is told of it', async () => {
    const { allowed, warnings } = await update(
      pod({ hostNetwork: true }, { labels: { a: 'b' } }),
      pod({ hostNetwork: true }),
    );
    expect({ allowed, warnings }).toEqual({
      allowed: true,
      warnings: ["seawall: host-network spec.hostNetwork: hostNetwork: true puts the pod on its node's network"],
    });
  });

  test('may put containers in another order', async () => {
    const one = { ...tool, name: 'one' };
    const two = container({ name: 'two' });
    expect((await update(pod({ containers: [two, one] }), pod({ containers: [one, two] }))).allowed).toBe(true);
  });

  test('may bring another tag of the same image', async () => {
    const next = pod({ containers: [{ ...tool, image: 'docker.io/nicolaka/netshoot:v2' }] });
    expect((await update(next, pod({ containers: [tool] }))).allowed).toBe(true);
  });

  const nmap = container({ name: 'one', command: ['nmap', 'a'] });
  const before = pod({ containers: [nmap, container({ name: 'two' }), capable({ add: ['NET_RAW'], drop: [] })] });
  const smuggled: [string, Fields][] = [
    ['the same in another container', pod({ containers: [container({ name: 'one' }), { ...nmap, name: 'two' }] })],
    ['the same in one more container', pod({ containers: [nmap, { ...nmap, name: 'two' }] })],
    ['another tool', pod({ containers: [{ ...nmap, command: ['tcpdump'] }] })],
    ['one more of the same tool', pod({ containers: [{ ...nmap, command: ['sh', '-c', 'nmap a; masscan b'] }] })],
    ['another capability', pod({ containers: [capable({ add: ['SYS_ADMIN'] })] })],
    ['ALL in the place of NET_RAW', pod({ containers: [capable({ add: ['ALL'] })] })],
    ['host access beside an old tool', pod({ containers: [nmap], hostPID: true })],
    ['an image of the same pattern', pod({ containers: [container({ image: 'kalilinux/kali-rolling' })] })],
    ['an ephemeral container', pod({ containers: [nmap], ephemeralContainers: [{ ...nmap, name: 'debug' }] })],
    [
      'the container renamed to another list',
      pod({ containers: [container({ name: 'two' })], initContainers: [nmap] }),
    ],
  ];
  test.each(smuggled)('is refused for %s', async (_what, object) => {
    const old = pod({ ...(before['spec'] as Fields) });
    expect((await update(object, old)).allowed).toBe(false);
  });

  test('is refused for another image of the same pattern', async () => {
    const kali = (name: string): Fields => pod({ containers: [container({ image: `kalilinux/${name}` })] });
    expect((await update(kali('kali-last-release'), kali('kali-rolling'))).allowed).toBe(false);
    expect((await update(kali('kali-rolling'), kali('kali-rolling'))).allowed).toBe(true);
  });

  test('is refused for what an exemption no longer covers', async () => {
    policy = policyWith({
      exemptions: [
        { name: 'cni', reason: 'x', owner: 'x', rules: ['host-network'], images: ['docker.io/calico/node'] },
      ],
    });
    const agent = (image: string): Fields => pod({ hostNetwork: true, containers: [container({ image })] });
    expect((await validate(agent('calico/node:v3'))).allowed).toBe(true);
    expect((await update(agent('evil/node:v3'), agent('calico/node:v3'))).allowed).toBe(false);
  });

  test('without an old object is judged as a new one', async () => {
    expect((await validate(pod({ hostNetwork: true }), { operation: 'UPDATE' })).allowed).toBe(false);
  });

  test('of an object that is being deleted is let through', async () => {
    const dying = pod({ hostNetwork: true }, { deletionTimestamp: '2026-11-24T00:00:00Z', finalizers: [] });
    expect(await update(dying, pod())).toEqual({ uid: 'e1b2', allowed: true });
  });

  test('ephemeral containers are judged with the host access of their pod', async () => {
    const debug = container({ name: 'debug', command: ['nc', '-l', '80'] });
    const fields = { subResource: 'ephemeralcontainers' };
    const plain = await update(pod({ ephemeralContainers: [debug] }), pod(), fields);
    expect(plain.allowed).toBe(true);
    const host = { hostNetwork: true };
    const onHost = await update(pod({ ...host, ephemeralContainers: [debug] }), pod(host), fields);
    expect(onHost.status?.details?.causes.map(({ reason }) => reason)).toEqual(['network-tool-command']);
  });
});

describe('what nobody refuses', () => {
  test('DELETE', async () => {
    const fields = { operation: 'DELETE', oldObject: pod({ hostNetwork: true }) };
    expect(await validate(null, fields)).toEqual({ uid: 'e1b2', allowed: true });
  });

  test('a deletionTimestamp in a CREATE is only what its author wrote', async () => {
    const forged = pod({ hostNetwork: true }, { deletionTimestamp: '2026-11-24T00:00:00Z' });
    expect((await validate(forged)).allowed).toBe(false);
  });

  const mirror = pod({ hostNetwork: true, nodeName: 'n1' }, { annotations: { 'kubernetes.io/config.mirror': 'x' } });
  test('a mirror pod of the node itself is audited', async () => {
    expect(await validate(mirror, { userInfo: { username: 'system:node:n1' } })).toEqual({
      uid: 'e1b2',
      allowed: true,
      auditAnnotations: { audited: 'host-network at spec.hostNetwork', spared: 'mirror-pod' },
    });
  });
  test.each([
    ['a person', mirror, 'jane'],
    ['another node', mirror, 'system:node:n2'],
    ['a node, without the annotation', pod({ hostNetwork: true, nodeName: 'n1' }), 'system:node:n1'],
    [
      'a node without a name',
      pod({ hostNetwork: true }, { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
      'system:node:',
    ],
  ])('but not the annotation of %s', async (_who, object, username) => {
    expect((await validate(object, { userInfo: { username } })).allowed).toBe(false);
  });
});

describe('CONNECT', () => {
  const exec = (...command: string[]): Promise<Response> =>
    validate(
      { apiVersion: 'v1', kind: 'PodExecOptions', container: 'app', command },
      { operation: 'CONNECT', subResource: 'exec' },
    );
  test('an exec of a network tool is refused while its target is unknown', async () => {
    const { status } = await exec('tcpdump', '-i', 'any');
    expect(status?.details?.causes.map(({ reason, field }) => [reason, field])).toEqual([
      ['network-tool-exec', 'command[0]'],
    ]);
    // The options have no name of their own; it is the pod's that its caller knows.
    expect(status?.message).toMatch(/^Seawall refuses exec into Pod default\/app by policy default: 1 finding\n/);
  });
  test('any other exec is let through', async () => {
    expect((await exec('ls', '/')).allowed).toBe(true);
  });
});

describe('a refusal of a pod with a generateName', () => {
  test.each([
    ['tells no name that the API server has just made', { generateName: 'bad-', name: 'bad-x7k2p' }, 'bad-*'],
    ['nor one that is not made yet', { generateName: 'bad-', name: undefined }, 'bad-*'],
    [
      'nor one of a long base, which is cut',
      { generateName: `${'b'.repeat(60)}-`, name: `${'b'.repeat(58)}x7k2p` },
      `${'b'.repeat(60)}-*`,
    ],
    ["but tells the name of a StatefulSet's pod", { generateName: 'bad-', name: 'bad-0' }, 'bad-0'],
    ['and one that only looks like it', { generateName: 'bad-', name: 'other-x7k' }, 'other-x7k'],
  ])('%s', async (_what, metadata, told) => {
    const { status } = await validate(pod({ hostNetwork: true }, metadata), { name: metadata.name ?? '' });
    expect(status?.message).toMatch(`Seawall refuses Pod default/${told} by policy default: 1 finding`);
  });
  test('tells the name in an update, where it is known', async () => {
    const metadata = { generateName: 'bad-', name: 'bad-x7k2p' };
    const { status } = await validate(pod({ hostNetwork: true }, metadata), {
      operation: 'UPDATE',
      oldObject: pod({}, metadata),
    });
    expect(status?.message).toMatch('Seawall refuses Pod default/bad-x7k2p by policy default: 1 finding');
  });
});

test('the namespace of the request decides, not that of the object', async () => {
  policy = policyWith({
    exemptions: [{ name: 'cni', reason: 'x', owner: 'x', rules: ['host-network'], namespaces: ['kube-system'] }],
  });
  const object = pod({ hostNetwork: true }, { namespace: 'kube-system' });
  expect((await validate(object)).allowed).toBe(false);
  expect(await validate(object, { namespace: 'kube-system' })).toEqual({
    uid: 'e1b2',
    allowed: true,
    auditAnnotations: { exempted: 'cni: host-network' },
  });
});

test('an object that names no kind is judged as what the request says it is', async () => {
  const { spec } = pod({ hostNetwork: true });
  expect((await validate({ metadata: {}, spec })).allowed).toBe(false);
});
