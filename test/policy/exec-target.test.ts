import { judge } from '../../src/policy/evaluate.ts';
import { readExecTarget } from '../../src/policy/exec-target.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import type { Fields } from '../support/pods.ts';
import { capable, container, pod } from '../support/pods.ts';

describe('what is read of a pod', () => {
  const app = container({ name: 'app', image: 'a/app:1' });
  const sidecar = container({ name: 'sidecar', image: 'a/sidecar:1' });
  const debug = container({ name: 'debug', image: 'a/debug:1' });
  const table: readonly (readonly [string, Fields, readonly (readonly [string, string])[]])[] = [
    [
      'the image of the only container is that of options without a name',
      { containers: [app] },
      [
        ['app', 'a/app:1'],
        ['', 'a/app:1'],
      ],
    ],
    [
      'containers of other lists do not count there',
      { containers: [app], initContainers: [sidecar], ephemeralContainers: [debug] },
      [
        ['sidecar', 'a/sidecar:1'],
        ['app', 'a/app:1'],
        ['debug', 'a/debug:1'],
        ['', 'a/app:1'],
      ],
    ],
    [
      'of two containers neither is meant by no name',
      { containers: [app, sidecar] },
      [
        ['app', 'a/app:1'],
        ['sidecar', 'a/sidecar:1'],
      ],
    ],
    [
      'a container of two without a name is not meant either',
      { containers: [app, { image: 'a/b' }, 7] },
      [['app', 'a/app:1']],
    ],
    [
      'names that objects have',
      { containers: [{ ...app, name: '__proto__' }, sidecar] },
      [
        ['__proto__', 'a/app:1'],
        ['sidecar', 'a/sidecar:1'],
      ],
    ],
  ];
  test.each(table)('%s', (_what, spec, images) => {
    expect([...(readExecTarget(pod(spec))?.images ?? [])]).toEqual(images);
  });

  test('its host access and account', () => {
    const spec = { hostPID: true, serviceAccountName: 'agent', ephemeralContainers: [capable({ add: ['NET_RAW'] })] };
    expect(readExecTarget(pod(spec))).toMatchObject({ hostAccess: ['hostPID', 'NET_RAW'], serviceAccount: 'agent' });
    expect(readExecTarget(pod())).toMatchObject({ hostAccess: [], serviceAccount: 'default' });
  });

  test.each([[{}], [{ kind: 'Pod', spec: null }], [{ kind: 'Status', status: 'Failure' }]])(
    'nothing of %j',
    (object) => {
      expect(readExecTarget(object)).toBeUndefined();
    },
  );
});

describe('an exemption of an exec', () => {
  const target = pod({
    hostNetwork: true,
    serviceAccountName: 'agent',
    containers: [container({ name: 'agent', image: 'docker.io/calico/node:v3' }), container({ name: 'app' })],
  });
  const exempted = (exemption: Fields, options: Fields, known = true): boolean => {
    const policy = parsePolicy({
      apiVersion: 'seawall.dev/v1alpha1',
      kind: 'Policy',
      metadata: { name: 'test' },
      spec: { exemptions: [{ name: 'cni', reason: 'x', owner: 'x', rules: ['network-tool-exec'], ...exemption }] },
    });
    const object = { apiVersion: 'v1', kind: 'PodExecOptions', command: ['tcpdump'], ...options };
    const execTarget = known ? readExecTarget(target) : undefined;
    return judge(object, policy, 0, { namespace: 'kube-system', execTarget }).exempted.length === 1;
  };
  const images = { images: ['docker.io/calico/**'] };
  const account = { serviceAccounts: ['kube-system/agent'] };
  const agent = { container: 'agent' };
  const table: readonly (readonly [string, Fields, Fields, boolean, boolean])[] = [
    ['of images covers the container of that image', images, agent, true, true],
    ['but not the one beside it', images, { container: 'app' }, true, false],
    ['nor one that the pod does not have', images, { container: 'other' }, true, false],
    ['nor options that name none of several', images, {}, true, false],
    [
      'nor an image that the options name',
      images,
      { image: 'docker.io/calico/node:v3', container: 'app' },
      true,
      false,
    ],
    ['nor a target that is not known', images, { ...agent, image: 'docker.io/calico/node:v3' }, false, false],
    ['of an account covers its pods', account, agent, true, true],
    ['but not a target that is not known', account, agent, false, false],
    ['of a namespace covers what is not known as well', { namespaces: ['kube-system'] }, agent, false, true],
  ];
  test.each(table)('%s', (_what, exemption, options, known, expected) => {
    expect(exempted(exemption, options, known)).toBe(expected);
  });
});
