import { describe, expect, test } from '@jest/globals';
import { findingsOfReport, namedTarget, ownersOf } from '../../src/remediate/named-targets.ts';

describe('a named target', () => {
  test.each([
    ['deployment/web', 'apps/v1 Deployment shop/web'],
    ['deploy/web', 'apps/v1 Deployment shop/web'],
    ['Deployments.apps/web', 'apps/v1 Deployment shop/web'],
    ['po/web-1', 'v1 Pod shop/web-1'],
    ['cj/x', 'batch/v1 CronJob shop/x'],
  ])('%s', (word, expected) => {
    const target = namedTarget(word, 'shop');
    expect(typeof target === 'string' ? target : `${target.apiVersion} ${target.kind} shop/${target.name}`).toBe(
      expected,
    );
  });

  test.each([
    'web',
    'widget/web',
    'deployments.batch/web',
    'pod/',
    'pod/../secrets',
    'pod/a/b',
    'pod/A',
    '__proto__/x',
  ])('%s is none', (word) => {
    expect(namedTarget(word, 'shop')).toMatch(/names no target: give a kind and a name, as deployment\/web/);
  });
});

const object = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web-1' };
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const document = (kind: string, fields: object): string =>
  JSON.stringify({ apiVersion: 'seawall.dev/v1alpha1', kind, ...fields });
const verdict = { findings: [{ rule: 'host-network', action: 'deny' }] };

describe('the owners of a report', () => {
  test.each([
    ['an audit', document('Report', { findings: [{ rule: 'host-network', action: 'deny', object, owner }] }), [owner]],
    ['an investigation', document('Investigation', { object, verdict }), [object]],
    [
      'investigations',
      document('InvestigationList', {
        items: [
          { object, verdict },
          { object, verdict },
        ],
      }),
      [object],
    ],
    ['another rule', document('Report', { findings: [{ rule: 'host-pid', action: 'deny', object }] }), []],
    ['a milder action', document('Report', { findings: [{ rule: 'host-network', action: 'warn', object }] }), []],
  ])('%s', (_, text, expected) => {
    const selector = { rules: new Set(['host-network']), atLeast: 'deny' } as const;
    expect(ownersOf(findingsOfReport(text, 'r.json'), selector)).toEqual(expected);
  });

  test.each([
    ['no JSON', '{', /^r\.json: it is no JSON/],
    ['something else', '{}', /^r\.json: it is no JSON report of seawall audit or seawall investigate$/],
    [
      'a finding of nobody',
      document('Report', { findings: [{ action: 'deny' }] }),
      /^r\.json\.findings\[0\]: a finding of a named object/,
    ],
  ])('%s is refused', (_, text, message) => {
    expect(() => findingsOfReport(text, 'r.json')).toThrow(message);
  });
});
