import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { OpenExchanges } from '../../src/admission/open-exchanges.ts';

function three() {
  const open = new OpenExchanges();
  const each = [{ place: -1 }, { place: -1 }, { place: -1 }] as const;
  for (const one of each) open.add(one);
  return { open, each };
}

test.each([0, 1, 2] as const)('the one added as number %i is taken out, and the others stay', (index) => {
  const { open, each } = three();
  open.delete(each[index]);
  expect(open.size).toBe(2);
  expect(new Set(open.list())).toEqual(new Set(each.filter((_, other) => other !== index)));
});

test('one that is out already stays out, and takes no other with it', () => {
  const { open, each } = three();
  open.delete(each[1]);
  open.delete(each[1]);
  expect(open.list()).toEqual([each[0], each[2]]);
  for (const one of each) open.delete(one);
  expect(open.size).toBe(0);
});

test('what came and went leaves nothing in the old generation, where a Set keeps megabytes until the whole heap is marked', () => {
  const child = join(import.meta.dirname, 'open-exchanges-child.ts');
  const run = spawnSync(process.execPath, ['--expose-gc', child], { encoding: 'utf8' });
  expect([run.status, run.stderr]).toEqual([0, '']);
  const grown = JSON.parse(run.stdout) as { readonly set: number; readonly list: number };
  expect(grown.list).toBeLessThan(1);
  // V8 as it is now; where this fails, the class is needed no more.
  expect(grown.set).toBeGreaterThan(4);
});
