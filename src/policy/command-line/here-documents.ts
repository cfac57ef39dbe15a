import { kindOf, quoting, plain, pattern } from './characters.ts';
import { Cursor } from './cursor.ts';
import { type Frame, type HereDocument, SimpleCommand } from './frames.ts';
import { judgeCommand } from './judge.ts';
import { descriptorPath } from './paths.ts';
import type { Script } from './script.ts';
import type { Shell } from './shell.ts';
import { readDoubleQuoted } from './shell-words.ts';
import { unescaped } from './escapes.ts';
import { WordBuilder } from './word-builder.ts';
import type { Text } from './words.ts';

/** A command that waits for the here-document of its line. */
interface Waiting {
  readonly command: SimpleCommand;
  readonly frame: Frame;
  readonly isPiped: boolean;
  readonly pipes: boolean;
  /** Whether it is certain to be done in this shell. */
  readonly certain: boolean;
  /** How much the script had written before it; -1 where that does not matter. */
  readonly outputBefore: number;
  readonly receive: ((input: string) => void) | undefined;
}

/** A file is looked for among no more words than these. */
const maxNamed = 16;

/** Shared by every script without one: most have none. */
const none: HereDocument[] = [];
const nobody: Waiting[] = [];

/**
 * Here-documents of one script. Their bodies stand behind the end of the line, so the commands of a line that has one are
 * judged when it has been read.
 */
export class HereDocuments {
  #expected: HereDocument[] = none;
  #replayed = 0;
  #waiting: Waiting[] = nobody;

  get count(): number {
    return this.#expected.length;
  }

  /** A command is read again: its here-documents are those that it had. */
  replayFrom(count: number): void {
    this.#replayed = this.#expected.length - count;
  }

  /** Reads the delimiter at the cursor. */
  expect(cursor: Cursor, stripsTabs: boolean): HereDocument {
    const { delimiter, quoted } = readDelimiter(cursor);
    const known = this.#replayed > 0 ? this.#expected[this.#expected.length - this.#replayed] : undefined;
    if (known !== undefined) {
      this.#replayed -= 1;
      return known;
    }
    const document: HereDocument = { delimiter, quoted, stripsTabs, texts: [] };
    if (this.#expected === none) this.#expected = [];
    this.#expected.push(document);
    return document;
  }

  defer(script: Script, command: SimpleCommand, pipes: boolean): void {
    const { frame } = script;
    const { isPiped } = frame;
    const outputBefore = frame.kind === 'script' ? (frame.output?.length ?? -1) : -1;
    this.#wait({ command, frame, isPiped, pipes, certain: script.isCertain(), outputBefore, receive: undefined });
  }

  /** Whether the command names a file that one which waits will have written by then. */
  isAwaitedBy(command: SimpleCommand): boolean {
    if (this.#waiting === nobody) return false;
    return this.#waiting.some(({ command: { outputFile } }) => {
      return outputFile !== undefined && command.words.slice(0, maxNamed).includes(outputFile);
    });
  }

  #wait(waiting: Waiting): void {
    if (this.#waiting === nobody) this.#waiting = [];
    this.#waiting.push(waiting);
  }

  /** Hands over what the waiting command in front of a `|` writes, once it has been judged. */
  receive(script: Script, receive: (input: string) => void): void {
    this.#wait({
      command: new SimpleCommand(),
      frame: script.frame,
      isPiped: true,
      pipes: false,
      certain: true,
      outputBefore: -1,
      receive,
    });
  }

  /** Hands over the input that the redirection gives, once it is there. */
  whenRead(script: Script, command: SimpleCommand, receive: (input: string) => void): void {
    if (command.hereDocument === undefined) {
      if (command.input !== undefined) receive(command.input);
      return;
    }
    const { frame } = script;
    this.#wait({ command, frame, isPiped: false, pipes: false, certain: true, outputBefore: -1, receive });
  }

  /** Reads the bodies that start at the cursor, right behind a newline, and judges what waited for them. */
  readBodies(script: Script): void {
    if (this.#expected.length === 0) return;
    const documents = this.#expected;
    this.#expected = none;
    this.#replayed = 0;
    for (const document of documents) document.texts = readBody(script.shell, script.cursor, document);
    this.end(script);
  }

  /** Judges what still waits. */
  end(script: Script): void {
    const waiting = this.#waiting;
    this.#expected = none;
    if (waiting === nobody) return;
    this.#waiting = nobody;
    let flow: Text;
    for (const { command, frame, isPiped, pipes, certain, outputBefore, receive } of waiting) {
      const { hereDescriptor } = command;
      const written = command.hereDocument?.texts ?? [];
      const texts = hereDescriptor === '' ? written : [];
      if (hereDescriptor !== '') {
        script.shell.scope.redirect(descriptorPath(hereDescriptor), { text: written.join('') });
      }
      const inputs: readonly Text[] =
        texts.length > 0 ? texts : [command.redirectsInput ? command.input : isPiped ? flow : frame.input];
      const before = frame.output;
      const outputs: Text[] = [];
      for (const input of inputs) {
        if (receive !== undefined) {
          if (input !== undefined) receive(input);
          continue;
        }
        const judge = (): void => {
          outputs.push(judgeCommand(script, command, input, pipes || before !== undefined));
        };
        if (certain && inputs.length === 1) judge();
        else script.either(judge);
      }
      flow = outputs.includes(undefined) ? undefined : outputs.join('');
      if (pipes || before === undefined) continue;
      const isInOrder = outputBefore === before.length || frame.kind !== 'script';
      frame.output = flow === undefined || !isInOrder ? undefined : before + flow;
    }
  }
}

/** Reads the word after `<<`: what it says without its quotes, and whether it had any. */
function readDelimiter(cursor: Cursor): { delimiter: string; quoted: boolean } {
  const { text } = cursor;
  let delimiter = '';
  let quoted = false;
  while (!cursor.ended) {
    const kind = kindOf(cursor.code());
    const character = text.charAt(cursor.at);
    if (kind === quoting && character !== '$' && character !== '`') {
      quoted = true;
      delimiter += readQuotedPart(cursor, character, false);
    } else if (character === '$' && cursor.code(1) === 0x27) {
      cursor.at += 1;
      quoted = true;
      delimiter += unescaped(readQuotedPart(cursor, "'", true));
    } else if (kind === plain || kind === pattern || kind === quoting) {
      delimiter += character;
      cursor.at += 1;
    } else break;
  }
  return { delimiter, quoted };
}

function readQuotedPart(cursor: Cursor, quote: string, escapes: boolean): string {
  const { text } = cursor;
  cursor.at += 1;
  if (quote === '\\') {
    cursor.at += 1;
    return text.charAt(cursor.at - 1);
  }
  let end = text.indexOf(quote, cursor.at);
  if (escapes) {
    while (end > 0 && text.charCodeAt(end - 1) === 0x5c) end = text.indexOf(quote, end + 1);
  }
  const from = cursor.at;
  cursor.at = end < 0 ? text.length : end + 1;
  return text.slice(from, end < 0 ? undefined : end);
}

function readBody(shell: Shell, cursor: Cursor, document: HereDocument): readonly string[] {
  const { text } = cursor;
  const from = cursor.at;
  let body = '';
  let to = -1;
  while (to < 0 && cursor.at < text.length) {
    const found = text.indexOf('\n', cursor.at);
    const end = found < 0 ? text.length : found;
    let start = cursor.at;
    if (document.stripsTabs) {
      while (text.charCodeAt(start) === 0x09) start += 1;
    }
    const { length } = document.delimiter;
    if (end - start === length && text.startsWith(document.delimiter, start)) to = cursor.at;
    else if (document.stripsTabs) body += text.slice(start, end + 1);
    cursor.at = end + 1;
  }
  if (!document.stripsTabs) body = text.slice(from, to < 0 ? undefined : to);
  cursor.at = Math.min(cursor.at, text.length);
  return document.quoted ? [body] : expanded(shell, body);
}

/** The body as the shell hands it on, for each value that its variables may have; substitutions in it run. */
function expanded(shell: Shell, body: string): readonly string[] {
  if (!body.includes('$') && !body.includes('`') && !body.includes('\\')) return [body];
  const { choice, choices, reading } = shell;
  const texts: string[] = [];
  shell.choices = 1;
  for (shell.choice = 0; shell.choice < shell.choices; shell.choice += 1) {
    if (!reading.affords(body.length, shell.origin) || !reading.enter(shell.origin)) break;
    const builder = new WordBuilder(shell, undefined, true);
    readDoubleQuoted(shell, new Cursor(body), builder, false);
    reading.leave();
    texts.push(builder.text);
  }
  shell.choice = choice;
  shell.choices = choices;
  return texts;
}
