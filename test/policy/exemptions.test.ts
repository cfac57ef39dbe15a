import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exemptedBy } from '../../src/policy/exemptions.ts';
import type { ExemptionSubject } from '../../src/policy/exemptions.ts';
import { compileNameGlobs } from '../../src/policy/name-globs.ts';
import { parsePolicy, policyWarnings } from '../../src/policy/policy.ts';
import { exemptionOf, policyOf } from './policy-builders.ts';
import type { Fields } from './policy-builders.ts';

const node = 'docker.io/calico/node:v3.30.0';

const subject: ExemptionSubject = {
  rule: 'host-network',
  namespace: 'kube-system',
  serviceAccount: 'calico-node',
  images: [node],
};

const noon = Date.UTC(2027, 5, 30, 12);

function isExempt(fields: Fields, about: Partial<ExemptionSubject> = {}, nowMs = noon): boolean {
  const { exemptions } = parsePolicy(policyOf({ exemptions: [exemptionOf(fields)] }));
  return exemptedBy(exemptions, { ...subject, ...about }, nowMs) !== undefined;
}

describe('all that an exemption names must match', () => {
  const calico = { images: ['docker.io/calico/**'] };
  const account = (text: string): Fields => ({ namespaces: undefined, serviceAccounts: [text] });
  const table: readonly (readonly [string, Fields, Partial<ExemptionSubject>, boolean])[] = [
    ['the namespace', {}, {}, true],
    ['another namespace', {}, { namespace: 'default' }, false],
    ['another rule', {}, { rule: 'privileged' }, false],
    ['a name that begins the same', {}, { namespace: 'kube-system-2' }, false],
    ['a glob', { namespaces: ['team-*-prod'] }, { namespace: 'team-a-prod' }, true],
    ['a glob that does not reach the end', { namespaces: ['team-*-prod'] }, { namespace: 'team-a-prod-2' }, false],
    ['pieces that would overlap', { namespaces: ['ab*ba'] }, { namespace: 'aba' }, false],
    ['the image', calico, {}, true],
    ['an image with its registry left out', calico, { images: ['calico/node'] }, true],
    ['the same path in another registry', calico, { images: ['evil.example/calico/node'] }, false],
    ['a mirror of the whole name', calico, { images: ['evil.example/docker.io/calico/node'] }, false],
    ['one image of two', calico, { images: [node, 'docker.io/library/busybox'] }, false],
    ['no image at all', calico, { images: [] }, false],
    ['a container without an image', calico, { images: [node, ''] }, false],
    ['an image that cannot be read', calico, { images: ['docker.io/calico/../node'] }, false],
    ['an image and another namespace', calico, { namespace: 'default' }, false],
    ['a pattern with a tag', { images: ['docker.io/calico/node:v3.30.*'] }, {}, true],
    ['a pattern with another tag', { images: ['docker.io/calico/node:v3.31.*'] }, {}, false],
    ['a service account', account('kube-system/calico-node'), {}, true],
    ['a service account by its user name', account('system:serviceaccount:kube-system:calico-node'), {}, true],
    ['a service account of another namespace', account('kube-system/calico-node'), { namespace: 'default' }, false],
    ['any service account of a namespace', account('kube-system/*'), {}, true],
    ['a part of the name', account('kube-system/calico-*'), { serviceAccount: 'cilium' }, false],
  ];
  test.each(table)('%s', (_, fields, about, expected) => {
    expect(isExempt(fields, about)).toBe(expected);
  });
});

describe('an exemption is in force through the whole of its last day (UTC)', () => {
  const table: readonly (readonly [string, number, boolean, readonly string[]])[] = [
    ['fifteen days before', Date.UTC(2027, 5, 15, 23, 59), true, []],
    [
      'fourteen days before its end',
      Date.UTC(2027, 5, 17),
      true,
      ['exemption "cni" ends in 14 days; take it out, or let platform give it a new day'],
    ],
    [
      'the last millisecond',
      Date.UTC(2027, 6, 1) - 1,
      true,
      ['exemption "cni" ends in 1 day; take it out, or let platform give it a new day'],
    ],
    [
      'the midnight after',
      Date.UTC(2027, 6, 1),
      false,
      ['exemption "cni" has ended and covers nothing; take it out, or let platform give it a new day'],
    ],
  ];
  test.each(table)('%s', (_, nowMs, inForce, messages) => {
    const policy = parsePolicy(policyOf({ exemptions: [exemptionOf({ expires: '2027-06-30' })] }));
    expect(exemptedBy(policy.exemptions, subject, nowMs) !== undefined).toBe(inForce);
    expect(policyWarnings(policy, nowMs)).toEqual(
      messages.map((message) => ({ path: ['spec', 'exemptions', 0, 'expires'], message })),
    );
  });
});

describe('what the owner is warned of on any day', () => {
  const table: readonly (readonly [string, Fields, readonly string[]])[] = [
    ['nothing', {}, []],
    [
      'an image open to any registry',
      { images: ['docker.io/calico/**', '**/calico/**'] },
      ['"**/calico/**" is open to any registry: whoever has one names an image so; begin with a registry'],
    ],
    [
      'every namespace',
      { namespaces: ['kube-system', '*'] },
      ['covers every namespace; turn the rules off, or say which'],
    ],
    ['every namespace, held by its images', { namespaces: ['*'], images: ['docker.io/calico/**'] }, []],
    [
      'a service account of any namespace',
      { serviceAccounts: ['*/calico-node'] },
      ['"*/calico-node" covers every namespace: whoever makes service accounts in one of them is exempt'],
    ],
    ['a rule that is off', { rules: ['host-port'] }, ['host-port is off; it needs no exemption']],
    ['a rule named twice', { rules: ['host-pid', 'host-pid'] }, ['host-pid is named twice']],
  ];
  test.each(table)('%s', (_, fields, messages) => {
    const rules = { 'host-port': { action: 'off' } };
    const policy = parsePolicy(policyOf({ rules, exemptions: [exemptionOf(fields)] }));
    expect(policy.warnings.map(({ message }) => message)).toEqual(messages);
  });
});

test('a glob matches as the regular expression does that it stands for', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '-'), minLength: 1, maxLength: 8 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 10 });
  fc.assert(
    fc.property(letters, name, (pattern, text) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
      expect(compileNameGlobs([pattern])(text)).toBe(expression.test(text));
    }),
  );
});
