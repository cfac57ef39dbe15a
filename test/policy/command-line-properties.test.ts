/* What holds for any input: the reader answers, and what it does grows with the size of the input. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readCommandLine } from '../../src/policy/command-line.ts';
import { commandContext, defaultTools } from '../support/shell-reader.ts';

const pieces = [
  '(',
  ')',
  '{',
  '}',
  '$(',
  '`',
  '"',
  "'",
  '\\',
  '$((',
  '))',
  '${',
  '${a:-',
  '}',
  '<(',
  '<<E',
  '<<-E',
  'E',
  '<<<',
  '\n',
  ';',
  ';;',
  '&&',
  '|',
  '&',
  '>',
  ' ',
  '\t',
  '#',
  'nmap',
  'X=',
  '$X',
  '"$@"',
  'if',
  'then',
  'fi',
  'case',
  'in',
  'esac',
  'for',
  'do',
  'done',
  'f()',
  'sh -c ',
  'eval ',
  'echo ',
  'env -S ',
  'xargs ',
  'find -exec ',
  '*',
  '[',
  ']',
  '[[',
  ']]',
  '{a,b}',
  '{1..3}',
  '\u{1F600}',
  '\uD800',
  '\0',
  '\uFDD0',
  '__proto__',
  'constructor',
  'apk add ',
  'python -c ',
  'printf %s ',
  'base64 -d ',
  'local ',
  'a=(',
  'read x',
  'set -- ',
  'shift',
  'alias a=',
  'trap ',
  '. ',
  '/dev/stdin',
];
const hostileScript = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(''));

describe('any command line', () => {
  test('is read without an error, and every hit stands in one of its words', () => {
    const argv = fc.array(
      fc.oneof(
        fc.string(),
        hostileScript,
        fc.constantFrom(
          'sh',
          '-c',
          'env',
          'xargs',
          'find',
          '-exec',
          ';',
          'timeout',
          'su',
          '--',
          'cmd',
          '/c',
          'powershell',
          'capsh',
          'parallel',
          ':::',
        ),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(
        argv,
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (words, entryPointUnknown, expandsVariables, envComplete) => {
          const env = new Map<string, string | undefined>([
            ['X', '$(X)$X'],
            ['Y', undefined],
          ]);
          for (const hit of readCommandLine(
            words,
            { env, envComplete, expandsVariables, entryPointUnknown },
            defaultTools,
          )) {
            expect(hit.word).toBeGreaterThanOrEqual(0);
            expect(hit.word).toBeLessThan(words.length);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('a script of hostile pieces is read without an error', () => {
    fc.assert(
      fc.property(hostileScript, (script) => {
        readCommandLine(['sh', '-c', script], commandContext, defaultTools);
      }),
      { numRuns: 5000 },
    );
  });

  test('is read the same way twice', () => {
    fc.assert(
      fc.property(hostileScript, (script) => {
        const read = (): unknown => readCommandLine(['sh', '-c', script], commandContext, defaultTools);
        expect(read()).toEqual(read());
      }),
      { numRuns: 500 },
    );
  });
});

describe('nesting and repetition by the hundred thousand', () => {
  test.each(pieces.map((piece): [string] => [piece]))('%j neither overflows nor hides what follows', (piece) => {
    const line = piece.repeat(Math.ceil(100_000 / piece.length));
    expect(() => readCommandLine(['sh', '-c', line], commandContext, defaultTools)).not.toThrow();
    expect(readCommandLine(['sh', '-c', `nmap\n${line}`], commandContext, defaultTools)[0]?.tool).toBe('nmap');
  });

  test('values that double again and again are cut off, and told', () => {
    const bomb = `A=aaaaaaaaaaaaaaaaaaaa; ${'A=$A$A; '.repeat(60)} $A; nmap`;
    const hits = readCommandLine(['sh', '-c', bomb], commandContext, defaultTools);
    expect(hits.map(({ how }) => how).sort()).toEqual(['exhausted', 'opaque', 'runs']);
  });

  test('variables of the container that double are cut off, and told', () => {
    const env = new Map(Array.from({ length: 64 }, (_, index) => [`V${index}`, `$(V${index + 1})$(V${index + 1})`]));
    env.set('V64', 'x'.repeat(100));
    const hits = readCommandLine(['$(V0)'], { ...commandContext, env }, defaultTools);
    expect(hits.map(({ how }) => how)).toEqual(['exhausted', 'opaque']);
  });
});
