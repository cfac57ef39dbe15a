import { kindOf, operator } from './characters.ts';
import { skipSpace } from './compound-heads.ts';
import type { Cursor } from './cursor.ts';
import type { Script } from './script.ts';
import type { Shell } from './shell.ts';
import { readWord } from './shell-words.ts';
import { Words } from './words.ts';

/** Reads `WORD in` after `case`. */
export function readCaseHead(shell: Shell, cursor: Cursor): void {
  skipSpace(cursor);
  const ignored = new Words();
  if (!cursor.ended && kindOf(cursor.code()) !== operator) readWord(shell, cursor, ignored);
  skipSpace(cursor);
  if (cursor.sees('in')) cursor.at += 2;
}

/** Reads the patterns of the next branch with their parenthesis; false where `esac` ends the construct instead. */
export function readPatterns(script: Script): boolean {
  const { shell, cursor } = script;
  const words = new Words();
  script.skipLines();
  if (cursor.code() === 0x28) cursor.at += 1;
  for (;;) {
    script.skipLines();
    if (cursor.ended) return true;
    if (kindOf(cursor.code()) === operator) {
      const code = cursor.code();
      cursor.at += 1;
      if (code === 0x29) return true;
      // Anything but `|` between patterns is an error; what stands behind it is read as a command.
      if (code !== 0x7c) return true;
      continue;
    }
    const before = words.length;
    if (readWord(shell, cursor, words) && words.text(before) === 'esac' && before === 0) return false;
  }
}
