import type { AuditEntry } from '../../src/investigate/audit-entry.ts';
import type { AuditFindings } from '../../src/investigate/audit-log.ts';
import type { AuditTarget, Deed } from '../../src/investigate/who-did.ts';
import { whoDid } from '../../src/investigate/who-did.ts';

const created = '2026-11-24T10:00:00Z';
const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u1' };
const target: AuditTarget = { reference, group: 'apps', resource: 'deployments', created, role: 'root' };

function logOf(entries: readonly AuditEntry[], from: string): AuditFindings {
  return {
    entries,
    more: 0,
    events: 1,
    decisions: 0,
    malformed: 0,
    foreign: 0,
    from,
    to: from,
    files: 1,
    problems: [],
  };
}

function deedOf(fields: Partial<AuditEntry>): Deed | undefined {
  const entry: AuditEntry = {
    id: 'a',
    time: '2026-11-24T10:00:00.000000Z',
    verb: 'create',
    user: 'jane',
    groups: [],
    impersonator: '',
    sourceIps: [],
    userAgent: '',
    resource: 'deployments',
    group: 'apps',
    subresource: '',
    namespace: 'shop',
    name: 'web',
    uid: '',
    code: 201,
    annotations: {},
    command: [],
    ...fields,
  };
  const log = logOf([entry], entry.time);
  return whoDid([target], [], log, undefined).deeds[0];
}

test.each([
  ['a create', { verb: 'create' }, 'created', 'likely'],
  ['a server-side apply of what was not there', { verb: 'patch' }, 'created', 'likely'],
  ['a change', { verb: 'patch', code: 200 }, 'changed', 'possible'],
  ['a delete, which may have been a dry run', { verb: 'delete', code: 200 }, 'asked to delete', 'possible'],
])('%s', (_, fields, words, confidence) => {
  expect(deedOf(fields)).toMatchObject({ what: `${words} Deployment shop/web`, confidence });
});

test.each([
  ['jane', 'person'],
  ['system:serviceaccount:ci:deployer', 'ServiceAccount'],
  ['system:node:node-1', 'node'],
  ['system:kube-scheduler', 'system component'],
  ['system:anonymous', 'anonymous'],
  ['system:admin', 'person'],
])('%s is taken for: %s', (user, userType) => {
  expect(deedOf({ user })).toMatchObject({ userType });
});

test.each<[string, Partial<AuditTarget>, string, string]>([
  ['a name of its own', {}, created, 'not known: the audit log has no request that made it'],
  [
    'a generated name',
    { isNameGenerated: true },
    created,
    `not known: its name was generated, and the audit log keeps no answers that would tell it: look there for a create of deployments in namespace shop without a name at ${created}`,
  ],
  [
    'a generated name, older than the log',
    { isNameGenerated: true },
    '2026-11-25T00:00:00Z',
    `not known: the audit log has no request that made it; it begins 2026-11-25T00:00:00Z, after it was made ${created}`,
  ],
])('where the log does not tell who made %s', (_, fields, from, answer) => {
  expect(whoDid([{ ...target, ...fields }], [], logOf([], from), undefined).answer).toBe(answer);
});

test.each<[string, Partial<AuditFindings>, string]>([
  ['at all', { files: 0, events: 0, problems: ['x'] }, 'not known: no audit log could be read'],
  [
    'to its end',
    { problems: ['x'] },
    'not known: the audit log has no request that made it; not all of it could be read',
  ],
])('a log that could not be read %s says nothing of what it does not have', (_, fields, answer) => {
  expect(whoDid([target], [], { ...logOf([], created), ...fields }, undefined).answer).toBe(answer);
});
