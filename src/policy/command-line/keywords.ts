import { readCaseHead } from './case-patterns.ts';
import { blank, endOfName, kindOf, newline } from './characters.ts';
import { readForHead, readTest } from './compound-heads.ts';
import type { Script } from './script.ts';
import { readSimpleCommand } from './simple-command.ts';

/** Words that open, divide or close a construct where a command may start. */
export const keywords: ReadonlyMap<string, (script: Script) => void> = new Map<string, (script: Script) => void>([
  ['!', ignore],
  ['then', ignore],
  ['else', ignore],
  ['elif', ignore],
  ['do', ignore],
  ['{', (script) => script.open('braces')],
  ['}', (script) => script.close('braces')],
  ['if', (script) => script.open('if')],
  ['fi', (script) => script.close('if')],
  ['while', (script) => script.open('loop')],
  ['until', (script) => script.open('loop')],
  ['done', (script) => script.close('loop')],
  ['for', (script) => openFor(script)],
  ['select', (script) => openFor(script)],
  ['case', (script) => openCase(script)],
  ['esac', (script) => script.close('case')],
  ['[[', (script) => readTest(script.shell, script.cursor)],
  ['time', (script) => passTimeOptions(script)],
  ['coproc', (script) => passCoprocessName(script)],
  ['function', (script) => openNamedFunction(script)],
]);

function ignore(): void {
  // The command that follows is judged all the same.
}

function openFor(script: Script): void {
  script.perhaps(() => readForHead(script.shell, script.cursor));
  script.open('loop');
}

function openCase(script: Script): void {
  readCaseHead(script.shell, script.cursor);
  script.open('case');
  script.nextPatterns();
}

/** bash's `time` takes `-p`; other options are those of the program. */
function passTimeOptions(script: Script): void {
  const { cursor } = script;
  const start = cursor.at;
  script.skipBlanks();
  if (cursor.sees('-p') && kindOf(cursor.code(2)) >= blank) cursor.at += 2;
  else if (cursor.sees('--') && kindOf(cursor.code(2)) >= blank) cursor.at += 2;
  else if (cursor.code() === 0x2d) {
    cursor.at = start - 'time'.length;
    readSimpleCommand(script);
  }
}

/** `coproc NAME { ..; }`: the name is none of a command. */
function passCoprocessName(script: Script): void {
  script.skipBlanks();
  const { cursor } = script;
  const start = cursor.at;
  cursor.at = endOfName(cursor.text, start);
  script.skipBlanks();
  if (cursor.at === start || (cursor.code() !== 0x7b && cursor.code() !== 0x28)) cursor.at = start;
}

/** `function NAME [()] ..`. */
function openNamedFunction(script: Script): void {
  script.skipBlanks();
  const { cursor } = script;
  const start = cursor.at;
  while (
    !cursor.ended &&
    kindOf(cursor.code()) !== blank &&
    kindOf(cursor.code()) !== newline &&
    cursor.code() !== 0x28
  ) {
    cursor.at += 1;
  }
  const name = cursor.text.slice(start, cursor.at);
  script.skipBlanks();
  if (cursor.code() === 0x28) {
    cursor.at += 1;
    script.skipBlanks();
    if (cursor.code() === 0x29) cursor.at += 1;
  }
  script.openFunction(name);
}
