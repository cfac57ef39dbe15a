import { isDigit, kindOf, blank } from './characters.ts';
import { Options, optionShape } from './options.ts';
import type { ProgramReader, Run } from './run.ts';
import { readShellText } from './shell-program.ts';

const shape = optionShape('efl', 'expression file line-length');

/** More commands than these of one script are not looked at. */
const maxCommands = 64;

/** GNU sed runs what stands behind its command `e`, and what its `s///e` makes. Source: sed manual, 3.8 Commands Specific to GNU sed. */
export const runsOfSed: ProgramReader = (run, words, at, end) => {
  const options = new Options(words, at, end, shape);
  let given = false;
  while (options.next()) {
    if (options.name === 'f' || options.name === 'file') given = true;
    if ((options.name !== 'e' && options.name !== 'expression') || options.value === undefined) continue;
    given = true;
    readScript(run, options.value, words.origin(options.valueAt));
  }
  if (!given && options.at < end) readScript(run, words.text(options.at), words.origin(options.at));
  return end;
};

function readScript(run: Run, script: string, word: number): void {
  for (const line of script.split(/[;\n]/, maxCommands)) {
    const command = line.slice(afterAddress(line));
    if (command === 'e' && run.input !== undefined) readShellText(run, run.input, word);
    else if (command.startsWith('e ')) readShellText(run, command.slice(2), word);
    else if (command.startsWith('s')) {
      const [, , replacement = '', flags = ''] = command.split(command.charAt(1), 4);
      if (flags.includes('e')) readShellText(run, replacement, word);
    }
  }
}

/** Index after the numbers of lines that a command is for. */
function afterAddress(line: string): number {
  let at = 0;
  while (
    isDigit(line.charCodeAt(at)) ||
    kindOf(line.charCodeAt(at)) === blank ||
    ',$!'.includes(line.charAt(at) || 'x')
  ) {
    at += 1;
  }
  return at;
}
