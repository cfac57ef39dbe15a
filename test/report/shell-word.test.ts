import { execFileSync } from 'node:child_process';
import { shellWord } from '../../src/report/shell-word.ts';
import { hostileTexts } from '../support/reports.ts';

test.each([
  ['deploy/web.yaml', 'deploy/web.yaml'],
  ['my file.yaml', "'my file.yaml'"],
  ["it's", `'it'\\''s'`],
  ['-rf', `'./-rf'`],
  ['', `''`],
])('%j is the word %s', (text, word) => {
  expect(shellWord(text)).toBe(word);
});

test('a real shell gives the text back', () => {
  for (const text of [...hostileTexts, '$(id)', '`id`', '!!', '~', '*', 'a\nb', '\\', "''", '"']) {
    // A shell's argument cannot hold NUL, and what is no Unicode is written as UTF-8's replacement.
    const sent = text.replaceAll('\u0000', '').toWellFormed();
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(sent)}`], { encoding: 'utf8' })).toBe(sent);
  }
});
