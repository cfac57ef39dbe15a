import { liveDetailOf } from '../../src/audit/live-detail.ts';
import { ScanLedger } from '../../src/audit/scan-ledger.ts';
import { container, podSpec } from '../support/pods.ts';
import { facts, nowMs } from './ledger-under-test.ts';
import { findingWith } from '../support/reports.ts';
import { auditReport } from '../../src/audit/audit-report.ts';

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const granting = container({ name: 'app', securityContext: { capabilities: { add: ['NET_RAW'], drop: [] } } });

test('a finding of a live object: its lines, a change, and a command that only shows', () => {
  const spec = { template: { spec: podSpec({ containers: [granting] }) } };
  const ledger = new ScanLedger(facts.policy, nowMs, { detail: true });
  ledger.addWorkload({ metadata: { namespace: 'shop', name: 'web', uid: 'u' }, spec }, 'apps/v1', 'Deployment', 'shop');
  const findings = auditReport(ledger, facts).objects.flatMap((each) => each.findings);
  expect(findings.find(({ rule }) => rule === 'net-raw')?.detail).toEqual({
    excerpt: {
      firstLine: 1,
      lines: [
        'spec:',
        '  template:',
        '    spec:',
        '      containers:',
        '        - name: app',
        '          securityContext:',
        '            capabilities:',
        '              add:',
        '                - NET_RAW',
      ],
    },
    fix: expect.arrayContaining(['-                - NET_RAW', '+                - NET_RAW']) as unknown,
    command: 'kubectl get -n shop Deployment.v1.apps web -o yaml | seawall check --fix -',
  });
});

test('without a format that tells it, nothing of it is kept', () => {
  const ledger = new ScanLedger(facts.policy, nowMs);
  ledger.addPod({ metadata: { namespace: 'shop', name: 'p', uid: 'u' }, spec: podSpec({ hostNetwork: true }) }, 'shop');
  expect(auditReport(ledger, facts).objects[0]?.findings[0]).not.toHaveProperty('detail');
});

test.each([
  ['an object of a group', deployment, 'kubectl get -n shop Deployment.v1.apps web -o yaml'],
  [
    'one without a namespace',
    { apiVersion: 'v1', kind: 'Node', namespace: '', name: 'a' },
    'kubectl get Node a -o yaml',
  ],
  [
    'names that a shell would obey',
    { apiVersion: 'v1', kind: 'Pod', namespace: '$(reboot)', name: "-a'; reboot" },
    `kubectl get -n '$(reboot)' Pod './-a'\\''; reboot' -o yaml`,
  ],
])('the command for %s', (_, object, command) => {
  expect(liveDetailOf({}, findingWith({ object, path: ['spec', 'hostNetwork'] })).command).toBe(command);
});

test('a value without end is cut', () => {
  const object = {
    spec: { containers: [{ name: 'a', command: Array.from({ length: 1_000 }, () => 'x'.repeat(1_000)) }] },
  };
  const { excerpt } = liveDetailOf(object, findingWith({ path: ['spec', 'containers', 0, 'command'] }));
  expect(excerpt?.lines.length).toBeLessThan(50);
  expect(Math.max(...(excerpt?.lines ?? []).map(({ length }) => length))).toBe(201);
});
