import type { Investigation } from '../../src/investigate/investigation.ts';
import { sectionsOf } from '../../src/investigate/page.ts';
import { investigationOf } from './blank-investigation.ts';

const object = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' };
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const none = 'no mark of Argo CD, Flux, Helm, OLM, Fleet, Config Sync or an add-on manager';

/** The lines of one section of a page about a pod. */
function linesOf(title: string, fields: Partial<Investigation>): string[] {
  const found = investigationOf({ state: 'running', object, ...fields });
  const rows = sectionsOf(found).find((section) => section.title === title)?.rows ?? [];
  return rows.map(({ label, text }) => (label === undefined ? text : `${label}: ${text}`));
}

test.each<[string, Partial<Investigation>, string, string]>([
  ['a pod that nothing owns', {}, 'none: nothing would make it again', none],
  ['a pod that is gone', { state: 'gone' }, 'not known: it is gone', 'not known: it is gone'],
  [
    'a pod that may not be read',
    { state: 'none' },
    'not known: it could not be read',
    'not known: it could not be read',
  ],
  [
    'an owner of a gone pod, by its name',
    { state: 'gone', owners: [{ reference: owner, state: 'found' }] },
    'Pod shop/web < Deployment shop/web',
    none,
  ],
  [
    'an owner that may not be read',
    { owners: [{ reference: owner, state: 'unseen' }] },
    'Pod shop/web < Deployment shop/web (could not be read)',
    `${none} on what could be read of them`,
  ],
])('owners and source of %s', (_, fields, owners, source) => {
  expect(linesOf('Owners and source', fields)).toEqual([`owners: ${owners}`, `source: ${source}`]);
});

const nobody = { subjects: [], direct: 0, indirect: 1, system: 2 };
const jane = { ...nobody, subjects: [{ subject: 'User jane', paths: ['L1'], by: 'x' }], direct: 1 };
const unseen = [{ what: 'rolebindings', reason: 'x', unknown: 'x' }];
const partial = 'not all are known: roles or bindings could not be read';
const rest = '1 only as somebody else, 2 parts of Kubernetes not told';

test.each<[string, Partial<Investigation>, string[]]>([
  ['nobody', { could: nobody }, [`nobody else by a right of their own; ${rest}`]],
  ['somebody', { could: jane }, ['User jane: L1: x', rest]],
  ['nobody, as far as is seen', { could: nobody, unseen }, [partial]],
  ['somebody, as far as is seen', { could: jane, unseen }, ['User jane: L1: x', partial, rest]],
])('who could: %s', (_, fields, lines) => {
  expect(linesOf('Who could', fields)).toEqual(lines);
});
