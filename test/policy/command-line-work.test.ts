// Whoever writes a command line must not have the reader do more than the line is long.
import { readCommandLine } from '../../src/policy/command-line.ts';
import { charactersLookedAt } from '../support/characters-looked-at.ts';
import { commandContext, defaultTools } from '../support/shell-reader.ts';

const context = { ...commandContext, allowance: 65_536 };
const repeated = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join('');

/** Lines of any length: half of it in a few long values, and as much in many changes of them. */
const shapes: readonly (readonly [string, (length: number) => string])[] = [
  [
    'a value that is joined to long ones again and again',
    (length) =>
      repeated(6, (index) => `c&&x=${index}${'y'.repeat(length / 12)};`) + repeated(length / 14, () => 'c&&x=1;'),
  ],
  [
    'values that are joined to long ones',
    (length) =>
      repeated(6, (index) => `c&&x=${index}${'y'.repeat(length / 12)};`) +
      repeated(length / 20, (index) => `c&&x=${index};`),
  ],
  [
    'values that begin as long ones do',
    (length) =>
      repeated(6, (index) => `c&&x="ls ${'y'.repeat(length / 12)}${index}";`) +
      repeated(length / 24, (index) => `c&&x="ls ${index}";`),
  ],
  [
    'changes of a variable that stays',
    (length) => `readonly x=${'y'.repeat(length / 2)};${repeated(length / 18, (index) => `x=${index};`)}`,
  ],
  ['a value taken apart by a long IFS', (length) => `IFS=${'y'.repeat(length / 2)};x=z;${'$x;'.repeat(length / 6)}`],
  [
    'parameters that are put together again and again',
    (length) => `set -- ${'a '.repeat(length / 4)};${'x=$*;'.repeat(length / 10)}`,
  ],
  ['a long PATH of its own', (length) => `echo a > f; PATH=${'/x:'.repeat(length / 6)};${'q;'.repeat(length / 4)}`],
  ['descriptors', (length) => 'exec 3> f; echo a >&3; sh f;'.repeat(length / 28)],
  [
    'words for xargs',
    (length) => `echo ${"'a' ".repeat(length / 8)}| xargs -n1 echo;${'echo a | xargs b;'.repeat(length / 34)}`,
  ],
  ['filters one behind the other', (length) => `echo ${'a'.repeat(length / 2)}${'|tr a b|rev'.repeat(length / 22)}|sh`],
  [
    'xargs one behind the other',
    (length) => `echo ${'a '.repeat(length / 4)}${'|xargs|xargs echo'.repeat(length / 34)}|sh`,
  ],
  [
    'functions that call each other',
    (length) => `${repeated(length / 24, (index) => `f${index}() { f${index + 1}; };`)}${'f0;'.repeat(length / 12)}`,
  ],
  ['calls that may be', (length) => `f() { x=1; };${'c&&f;'.repeat(length / 5)}`],
];

test.each(shapes)('is linear in the command line: %s', (_, shape) => {
  const work = (length: number): number => {
    const line = shape(length);
    return charactersLookedAt(() => readCommandLine(['sh', '-c', line], context, defaultTools));
  };
  const [one, two, four] = [work(20_000), work(40_000), work(80_000)];
  expect({ two: two < one * 2.3, four: four < two * 2.3 }).toEqual({ two: true, four: true });
});

test.each([
  ['put together by +=', 'a+=(x);'.repeat(5_000)],
  ['of which one element is set again and again', `a=(${'x '.repeat(5_000)});${'a[0]=x;'.repeat(5_000)}`],
])('an array %s is copied as often as the line is long, and no more', (_, line) => {
  expect(readCommandLine(['sh', '-c', line], context, defaultTools)).toMatchObject([{ how: 'exhausted' }]);
});
