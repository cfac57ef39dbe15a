import { evaluate } from '../../src/policy/evaluate.ts';
import { readExecTarget } from '../../src/policy/exec-target.ts';
import { defaultPolicy, parsePolicy } from '../../src/policy/policy.ts';
import { evasionRows } from '../support/evasion-rows.ts';
import type { Fields } from '../support/pods.ts';
import { container, holding, list, pod, podSpec, running } from '../support/pods.ts';

const policy = defaultPolicy();
const hostNetwork = { hostNetwork: true };
const hostSpec = podSpec(hostNetwork);

test.each(evasionRows)('%s: %s %s', (_what, rule, expected, object) => {
  const found = evaluate(object, policy, 0).some((finding) => finding.rule === rule);
  expect(found ? 'found' : 'silent').toBe(expected);
});

test('the table has at least 200 rows, both ways', () => {
  expect(evasionRows.length).toBeGreaterThanOrEqual(200);
  expect(evasionRows.filter(([, , expected]) => expected === 'silent').length).toBeGreaterThan(40);
});

test.each([
  [
    'a hundred small tools before the real one',
    ['find', '.', ...Array.from({ length: 150 }, () => ['-exec', 'dig', ';']).flat(), '-exec', 'nmap', ';'],
  ],
  ['eval of eval of eval', ['sh', '-c', `${'eval '.repeat(500)}nmap`]],
  [
    'a variable that grows before the tool is put together',
    [
      'sh',
      '-c',
      `a=${'x'.repeat(64)}; b=$a$a$a$a$a$a$a$a; c=$b$b$b$b$b$b$b$b; d=$c$c$c$c$c$c$c$c; e=$d$d$d$d; : $e; x=nm; \${x}ap`,
    ],
  ],
  ['substitutions in substitutions', ['sh', '-c', `${'$('.repeat(3000)}nmap${')'.repeat(3000)}`]],
])('what the reader cannot follow to its end is refused: %s', (_what, command) => {
  const actions = evaluate(running(...command), policy, 0).map(({ rule, action }) => `${rule} ${action}`);
  expect(actions).toContain('network-tool-command deny');
});

test.each(['ENV', 'BASH_ENV'])(
  'what a shell begins with (%s) counts for the pod that has it, and for no other with the same words',
  (name) => {
    const judging = defaultPolicy();
    const command = name === 'ENV' ? ['sh', '-c', 'exec app'] : ['bash', '-c', 'exec app'];
    const benign = pod({ containers: [container({ command })] });
    const hostile = pod({ containers: [container({ command, env: [{ name, value: '$(nmap)' }] })] });
    const found = [benign, hostile, benign].map((each) => evaluate(each, judging, 0).map(({ rule }) => rule));
    expect(found).toEqual([[], ['network-tool-command'], []]);
  },
);

test('a script field that no API knows does not hide the command of a pod', () => {
  const hidden = pod({ containers: [container({ command: ['nmap', '-sS'], script: 'true', source: 'true' })] });
  expect(evaluate(hidden, policy, 0).map(({ rule }) => rule)).toEqual(['network-tool-command']);
});

test('an account that is not in sight is covered by no exemption of accounts', () => {
  const exempting = parsePolicy({
    apiVersion: 'seawall.dev/v1alpha1',
    kind: 'Policy',
    metadata: { name: 'test' },
    spec: {
      exemptions: [
        {
          name: 'a',
          reason: 'r',
          owner: 'o',
          rules: ['network-tool-exec', 'privileged'],
          serviceAccounts: ['d/default'],
        },
      ],
    },
  });
  const exec = { apiVersion: 'v1', kind: 'PodExecOptions', command: ['nmap'] };
  expect(evaluate(exec, exempting, 0, { namespace: 'd' }).map(({ action }) => action)).toEqual(['deny']);
  const privileged = container({ securityContext: { privileged: true } });
  const workflow = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    spec: { serviceAccountName: 'evil', templates: [{ name: 't', container: privileged }] },
  };
  expect(evaluate(workflow, exempting, 0, { namespace: 'd' }).map(({ rule }) => rule)).toEqual(['privileged']);
  expect(evaluate(pod({ containers: [privileged] }), exempting, 0, { namespace: 'd' })).toEqual([]);
});

test('a kind that the policy names keeps its guessed template, and tells a host field once', () => {
  const kinds = parsePolicy({
    apiVersion: 'seawall.dev/v1alpha1',
    kind: 'Policy',
    metadata: { name: 'test' },
    spec: {
      kinds: [{ group: 'example.org', kind: 'Run', containers: ['spec.steps[*]'], hostFields: ['spec.hostNetwork'] }],
    },
  });
  const run = {
    apiVersion: 'example.org/v1',
    kind: 'Run',
    spec: { hostNetwork: true, steps: [container({ command: ['nc', '-l'] })], template: { spec: hostSpec } },
  };
  expect(evaluate(run, kinds, 0).map(({ rule, action, path }) => `${rule} ${action} ${path.join('.')}`)).toEqual([
    'host-network deny spec.hostNetwork',
    'network-tool-command deny spec.steps.0.command.0',
    'host-network deny spec.template.spec.hostNetwork',
  ]);
});

test('a List ten thousand deep is passed over in no time', () => {
  let nested: Fields = pod(hostNetwork);
  for (let depth = 0; depth < 10_000; depth += 1) nested = list(nested);
  expect(evaluate(nested, policy, 0)).toEqual([]);
});

test('a long script that calls its functions often is read to its end', () => {
  const calls = Array.from({ length: 400 }, (_, index) => `log "step ${index}" "something useful" "$HOME/${index}"`);
  const script = ['log() { echo "[$(date)] $1 $2 $3" >&2; }', ...calls].join('\n');
  expect(evaluate(running('bash', '-c', script), policy, 0)).toEqual([]);
});

test.each([
  [
    'containers that mount and volumes of the host',
    (many: readonly Fields[], volumes: readonly Fields[]) =>
      pod({ volumes, containers: many.map((each) => ({ ...each, volumeMounts: [{ name: 'v1', mountPath: '/x' }] })) }),
  ],
  [
    'templates and volumes of a Workflow',
    (many: readonly Fields[], volumes: readonly Fields[]) =>
      holding('argoproj.io/v1alpha1', 'Workflow', 'spec', {
        volumes,
        templates: many.map((each) => ({ container: each })),
      }),
  ],
])('%s cost their sum, not their product', (_what, build) => {
  const volumes = Array.from({ length: 8_000 }, (_, index) => ({
    name: `v${index}`,
    hostPath: { path: `/proc/${index}` },
  }));
  const many = Array.from({ length: 8_000 }, () => ({ name: 'app', image: 'docker.io/calico/node', command: ['dig'] }));
  const exempting = parsePolicy({
    apiVersion: 'seawall.dev/v1alpha1',
    kind: 'Policy',
    metadata: { name: 'test' },
    spec: {
      exemptions: [
        { name: 'cni', reason: 'test', owner: 'test', rules: ['host-path'], images: ['docker.io/calico/**'] },
      ],
    },
  });
  const findings = evaluate(build(many, volumes), exempting, 0);
  expect(findings.filter(({ rule }) => rule === 'network-tool-command')).toHaveLength(8_000);
});

test('exec: a tool in a pod without host access is at most warned of, with host access or an unknown target denied', () => {
  const options = { apiVersion: 'v1', kind: 'PodExecOptions', command: ['nmap', '-sS', 'host'] };
  const action = (target: Fields | undefined): string[] =>
    evaluate(options, policy, 0, { execTarget: target && readExecTarget(target) }).map(
      (finding) => `${finding.rule} ${finding.action}`,
    );
  expect(action(pod())).toEqual(['network-tool-exec warn']);
  expect(action(pod(hostNetwork))).toEqual(['network-tool-exec deny']);
  expect(action(undefined)).toEqual(['network-tool-exec deny']);
});

test('host access raises the action of a class, and names the Falco rule', () => {
  const relay = running('sh', '-c', 'until nc -z db 5432; do sleep 1; done');
  const [without] = evaluate(relay, policy, 0);
  expect([without?.action, without?.severity]).toEqual(['warn', 'medium']);
  const spec = { ...(relay['spec'] as Fields), hostPID: true };
  const found = evaluate({ ...relay, spec }, policy, 0).find(({ rule }) => rule === 'network-tool-command');
  expect([found?.action, found?.severity]).toEqual(['deny', 'critical']);
  expect(found?.message).toBe(
    'runs nc (relay) with host access (hostPID): Falco\'s "Launch Suspicious Network Tool on Host" (in a container\'s cgroup: "... in Container")',
  );
});
