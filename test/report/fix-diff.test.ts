import { judge } from '../../src/policy/evaluate.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { fixDiff } from '../../src/report/fix-diff.ts';

const policy = defaultPolicy();

/** The change for each finding of a rule in a Pod with this spec. */
function diffs(rule: string, spec: object): (readonly string[] | undefined)[] {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec };
  const { findings } = judge(pod, policy, 0);
  return findings.filter((finding) => finding.rule === rule).map((finding) => fixDiff(pod, finding));
}

const app = (securityContext?: object): object => ({ containers: [{ name: 'app', image: 'nginx', securityContext }] });

test.each<[string, object, readonly string[] | undefined]>([
  ['host-network', { hostNetwork: true, containers: [] }, [' spec:', '-  hostNetwork: true', '+  hostNetwork: false']],
  ['host-pid', { hostPID: true, containers: [] }, [' spec:', '-  hostPID: true', '+  hostPID: false']],
  [
    'privileged',
    app({ privileged: true }),
    [
      ' spec:',
      '   containers:',
      '     - name: app',
      '       securityContext:',
      '-        privileged: true',
      '+        privileged: false',
    ],
  ],
  [
    'net-raw-default',
    { containers: [{ name: '=: x', image: 'nginx' }] },
    [
      ' spec:',
      '   containers:',
      '     - name: "=: x"',
      '+      securityContext:',
      '+        capabilities:',
      '+          drop:',
      '+            - NET_RAW',
    ],
  ],
  [
    'net-raw',
    app({ capabilities: { add: ['NET_RAW', 'CHOWN'], drop: ['KILL'] } }),
    [
      ' spec:',
      '   containers:',
      '     - name: app',
      '       securityContext:',
      '         capabilities:',
      '           add:',
      '-            - NET_RAW',
      '           drop:',
      '+            - NET_RAW',
    ],
  ],
  [
    'host-capability',
    app({ capabilities: { add: ['SYS_ADMIN'], drop: ['ALL'] } }),
    [
      ' spec:',
      '   containers:',
      '     - name: app',
      '       securityContext:',
      '         capabilities:',
      '           add:',
      '-            - SYS_ADMIN',
    ],
  ],
  ['host-capability', app({ capabilities: { add: ['ALL'] } }), undefined],
  ['network-tool-image', { containers: [{ name: 'app', image: 'nicolaka/netshoot' }] }, undefined],
])('%s of %j', (rule, spec, lines) => {
  expect(diffs(rule, spec)[0]).toEqual(lines);
  expect(diffs(rule, spec)).toHaveLength(1);
});
