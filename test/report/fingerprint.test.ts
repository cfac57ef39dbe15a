import { fingerprintOf, Repeats } from '../../src/report/fingerprint.ts';
import { findingWith } from '../support/reports.ts';

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
const tool = findingWith({
  rule: 'network-tool-image',
  container: 'app',
  subject: 'image nicolaka/netshoot is a network tool (swiss-army)',
  message: 'image nicolaka/netshoot is a network tool (swiss-army) with host access (hostNetwork)',
});

test('a fingerprint is that of owner, container, rule and subject, and of nothing else', () => {
  expect(fingerprintOf(tool, deployment)).toBe('04bb0f1ed335d061c1fcec3ccef45021');
});

test.each([
  ['a pod and the template it was made from', { path: ['spec', 'template', 'spec', 'containers', 1, 'image'] }, {}],
  ['another pod of one owner', { object: { ...tool.object, name: 'web-2' } }, {}],
  ['the same image in a pod without host access', { message: tool.subject ?? '' }, {}],
  ['another action and severity', { action: 'audit', severity: 'low' }, {}],
  ['another version of the kind', {}, { apiVersion: 'apps/v1beta1' }],
] as const)('alike: %s', (_, changes, owner) => {
  expect(fingerprintOf({ ...tool, ...changes }, { ...deployment, ...owner })).toBe(fingerprintOf(tool, deployment));
});

test.each([
  ['another container', { container: 'app2' }, {}],
  ['another rule', { rule: 'opaque-image' }, {}],
  ['another image', { subject: 'image alpine/socat is a network tool (relay)' }, {}],
  ['another owner', {}, { name: 'web2' }],
  ['another namespace', {}, { namespace: 'web' }],
  ['another kind', {}, { kind: 'StatefulSet' }],
  ['another group', {}, { apiVersion: 'apps.kruise.io/v1' }],
  // No name can end one field and begin the next.
  ['a name that ends where another begins', {}, { namespace: 'default","web', name: '' }],
] as const)('different: %s', (_, changes, owner) => {
  expect(fingerprintOf({ ...tool, ...changes }, { ...deployment, ...owner })).not.toBe(fingerprintOf(tool, deployment));
});

test('what is found twice alike gets two fingerprints, whatever the order', () => {
  const number = (fingerprints: readonly string[]): string[] => {
    const repeats = new Repeats();
    return fingerprints.map((fingerprint) => repeats.number({ fingerprint }).fingerprint);
  };
  expect(number(['a', 'b', 'a', 'a'])).toEqual(['a', 'b', 'a-2', 'a-3']);
  expect(number(['a', 'a', 'b', 'a']).toSorted()).toEqual(number(['b', 'a', 'a', 'a']).toSorted());
});
