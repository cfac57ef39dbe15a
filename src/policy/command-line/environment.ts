import { endOfName } from './characters.ts';
import { readCommand } from './commands.ts';
import { Options, optionShape } from './options.ts';
import { isAssignment, type ProgramReader, putVariable, type Run, stopped } from './run.ts';
import { WordBuilder } from './word-builder.ts';
import { Scope } from './scope.ts';
import { Shell } from './shell.ts';
import { Words } from './words.ts';

const shape = optionShape('uCSa', 'unset chdir split-string argv0');

/** Reads `env`: its options, the variables that it sets, and the words that `-S` makes of one. Source: GNU env(1). */
export const environmentReader: ProgramReader = (run, words, from, end) => {
  const options = new Options(words, from, end, shape);
  while (options.next()) {
    if (options.name === 'i' || options.name === 'ignore-environment') clear(run);
    else if (options.name === 'S' || options.name === 'split-string') {
      readSplit(run, options.value ?? '', words, options.valueAt, options.at, end);
      return stopped;
    } else if ((options.name === 'u' || options.name === 'unset') && options.value !== undefined) {
      run.environment = new Map(run.environment);
      run.environment.set(options.value, ['']);
    }
  }
  let { at } = options;
  if (words.text(at) === '-') {
    clear(run);
    at += 1;
  }
  while (at < end && isAssignment(words.text(at))) {
    putVariable(run, words.text(at));
    at += 1;
  }
  return at;
};

function clear(run: Run): void {
  run.cleared = true;
  run.environment = undefined;
}

/** Reads the words that env makes of one, with those behind it, as arguments of env itself. */
function readSplit(run: Run, text: string, words: Words, at: number, next: number, end: number): void {
  const { reading } = run;
  const origin = words.origin(at);
  if (!reading.affords(text.length, origin) || !reading.affordsWords(end - next, origin) || !reading.enter(origin))
    return;
  const all = new Words();
  all.add('env', origin);
  split(text, new WordBuilder(new Shell(new Scope(reading), origin), all));
  all.addFrom(words, next, end);
  readCommand(run, all, 0, all.length);
  reading.leave();
}

/** Splits as env does: quotes, backslash escapes, `\_` as a blank, `${NAME}`, `#` for the rest as a comment. */
function split(text: string, builder: WordBuilder): void {
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === quote) quote = '';
    else if (quote === '' && (character === "'" || character === '"')) {
      quote = character;
      builder.add('');
    } else if (character === '\\') {
      at += 1;
      const escape = text.charAt(at);
      if (escape === 'c' && quote === '') break;
      if (escape === '_' && quote === '') builder.finish();
      else if (quote === "'" && escape !== "'" && escape !== '\\') builder.add(`\\${escape}`);
      else builder.add(escape === '_' ? ' ' : escape);
    } else if (character === '$' && quote !== "'" && text.charAt(at + 1) === '{') {
      const end = endOfName(text, at + 2);
      builder.addVariable(text.slice(at + 2, end));
      at = end;
    } else if (quote === '' && (character === ' ' || character === '\t' || character === '\n')) builder.finish();
    else if (quote === '' && character === '#' && !builder.started) break;
    else builder.add(character);
  }
  builder.finish();
}
