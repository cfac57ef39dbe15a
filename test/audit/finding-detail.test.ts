import { detailOf } from '../../src/audit/finding-detail.ts';
import { findingWith } from '../support/reports.ts';

const lines = ['kind: Pod\r', 'spec:\r', '  hostNetwork: true\r', '  containers:\r', '    - name: app\r', ''];
const source = { file: 'a b.yaml', line: 3, column: 3 };
const value = { spec: { hostNetwork: true } };

test('the lines around the field, a change and the command that explains the rule', () => {
  expect(detailOf(value, findingWith(), source, lines)).toEqual({
    excerpt: { firstLine: 2, lines: ['spec:', '  hostNetwork: true', '  containers:', '    - name: app'] },
    fix: [' spec:', '-  hostNetwork: true', '+  hostNetwork: false'],
    command: 'seawall policy explain host-network',
  });
});

test('what check mends is mended by its command, which names the file as one word', () => {
  const finding = findingWith({ fixable: true, mend: 'set-false' });
  expect(detailOf(value, finding, source, lines).command).toBe("seawall check --fix --write 'a b.yaml'");
  const stdin = detailOf(value, finding, { ...source, file: '<stdin>' }, lines);
  expect(stdin.command).toBe('seawall policy explain host-network');
});

test('of a long line the part around the field is told', () => {
  const line = `${'a'.repeat(500)}X${'b'.repeat(500)}`;
  const { excerpt } = detailOf(value, findingWith(), { file: 'a.json', line: 1, column: 501 }, [line]);
  expect(excerpt?.lines).toEqual([`…${'a'.repeat(50)}X${'b'.repeat(149)}…`]);
});
