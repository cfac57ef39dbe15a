import { blank, kindOf } from './characters.ts';
import { readPatterns } from './case-patterns.ts';
import { Cursor } from './cursor.ts';
import { readArithmetic } from './expansions.ts';
import { opensSubshells } from './double-parenthesis.ts';
import { endPipeline, type Frame, type FrameKind, openFrame, pipeOn, SimpleCommand } from './frames.ts';
import { hasNoNames, passPlainWords, plainHead, programOf } from './innocent-command.ts';
import { HereDocuments } from './here-documents.ts';
import { named } from './named.ts';
import { Outcomes } from './outcomes.ts';
import { judgeCommand, leadErrors, withErrors } from './judge.ts';
import { standardOutput } from './paths.ts';
import { readRedirection, startsRedirection } from './redirections.ts';
import { readWholeInput } from './shell-program.ts';
import type { Scope } from './scope.ts';
import type { Shell } from './shell.ts';
import { readSimpleCommand } from './simple-command.ts';
import type { Text } from './words.ts';

export interface ScriptOptions {
  /** True for a script that ends at its closing parenthesis. */
  readonly closes: boolean;
  /** True where somebody asks for the output. */
  readonly captures: boolean;
  readonly input: Text;
  /** True for a script that runs in a copy of the shell, which its changes end with. */
  readonly subshell?: boolean;
}

/** Reads a script from the cursor to its end; its output as far as it is in sight. */
export function readScript(shell: Shell, cursor: Cursor, options: ScriptOptions): Text {
  const script = new Script(shell, cursor, options);
  if (options.subshell !== true) return script.read();
  const before = shell.scope.mark();
  const output = script.read();
  readTraps(shell.scope, before.traps);
  shell.scope.comeBack(before);
  return output;
}

/** What is trapped runs when its variables have become what they are at the end of the shell. */
export function readTraps({ traps, reading }: Scope, from: number): void {
  if (traps === undefined) return;
  for (const { code, shell } of traps.slice(from)) {
    if (!reading.affords(code.length, shell.origin) || !reading.enter(shell.origin)) return;
    readScript(shell, new Cursor(code), { closes: false, captures: false, input: undefined });
    reading.leave();
  }
}

/** Constructs nested deeper than this are read as if they were side by side. */
const maxFrames = 256;

/**
 * The reader of one script. It keeps the open constructs in a list, not on the call stack: a million parentheses cost a
 * million entries. Code that may never run is read like any other.
 */
export class Script {
  readonly shell: Shell;
  readonly cursor: Cursor;
  readonly documents: HereDocuments;
  frame: Frame;
  readonly #frames: Frame[] = [];
  readonly #closes: boolean;
  readonly #captures: boolean;
  /** True right behind a construct, where only redirections and operators may stand. */
  #closed: Frame | undefined;
  #ended = false;
  #spare: SimpleCommand | undefined;
  /** How many loops are open, what had been counted when the outermost began, and whether it is read again. */
  #loops = 0;
  #changesBefore = 0;
  /** Variables that these loops put together from their own values. */
  growing: Set<string> | undefined;
  #namesBefore = 0;
  #again = false;
  /** Parentheses open beyond those that have a frame. */
  #deepParentheses = 0;

  constructor(shell: Shell, cursor: Cursor, options: ScriptOptions) {
    this.shell = shell;
    this.cursor = cursor;
    this.#closes = options.closes;
    this.#captures = options.captures;
    this.documents = new HereDocuments();
    this.frame = openFrame('script', undefined, {
      input: options.input,
      unfed: shell.unfedShells,
      errors: shell.reading.errorCount,
      captures: options.captures,
      subshell: options.subshell === true,
    });
  }

  read(): Text {
    const { cursor, shell } = this;
    while (!this.#ended && !shell.reading.full) {
      this.skipBlanks();
      if (cursor.ended) break;
      this.#readNext();
    }
    this.documents.end(this);
    while (this.#frames.length > 0) this.#pop();
    endPipeline(this.frame);
    return this.#captures ? this.frame.output : undefined;
  }

  #readNext(): void {
    switch (this.cursor.code()) {
      case 0x0a:
        this.cursor.at += 1;
        this.#endList();
        this.documents.readBodies(this);
        return;
      case 0x3b:
        this.#readSemicolon();
        return;
      case 0x26:
        if (this.cursor.code(1) === 0x3e) this.#readCommand();
        else this.#readAmpersand();
        return;
      case 0x7c:
        this.#readBar();
        return;
      case 0x28:
        this.#readParenthesis();
        return;
      case 0x29:
        this.#readClosingParenthesis();
        return;
      default:
        this.#readCommand();
    }
  }

  #readSemicolon(): void {
    const next = this.cursor.code(1);
    const endsBranch = next === 0x3b || (next === 0x26 && this.frame.kind === 'case');
    this.cursor.at += endsBranch ? (this.cursor.sees(';;&') ? 3 : 2) : 1;
    this.#endList();
    if (endsBranch && this.frame.kind === 'case') this.nextPatterns();
  }

  #readAmpersand(): void {
    const isAnd = this.cursor.code(1) === 0x26;
    this.cursor.at += isAnd ? 2 : 1;
    this.#endList();
    if (isAnd) this.frame.guarded = true;
  }

  #readBar(): void {
    const next = this.cursor.code(1);
    const isOr = next === 0x7c;
    this.cursor.at += isOr || next === 0x26 ? 2 : 1;
    if (!isOr) {
      // `|&` is `2>&1 |`.
      if (next === 0x26) {
        const errors = leadErrors(this, standardOutput, this.frame.errorsBefore);
        this.frame.last = withErrors(this.frame.last, errors);
      }
      this.#closed = undefined;
      pipeOn(this.frame);
      return;
    }
    this.#endList();
    this.frame.guarded = true;
  }

  #readParenthesis(): void {
    if (this.cursor.code(1) === 0x28 && !opensSubshells(this.cursor.text, this.cursor.at)) {
      this.cursor.at += 1;
      if (readArithmetic(this.shell, this.cursor)) return;
      this.cursor.at -= 1;
    }
    this.cursor.at += 1;
    this.open('parens');
  }

  #readClosingParenthesis(): void {
    this.cursor.at += 1;
    if (this.#deepParentheses > 0) {
      this.#deepParentheses -= 1;
      return;
    }
    // What the author left open inside ends here with the parenthesis.
    while (this.#frames.length > 0 && this.frame.kind !== 'parens') this.#pop();
    if (this.frame.kind === 'parens') this.close('parens');
    else if (this.#closes) this.#ended = true;
  }

  #endList(): void {
    this.#closed = undefined;
    endPipeline(this.frame);
    this.frame.guarded = false;
  }

  /** Reads a simple command, or what a reserved word starts. */
  #readCommand(): void {
    if (this.#closed !== undefined) {
      this.#readRedirectionOf(this.#closed);
      return;
    }
    const { cursor, shell } = this;
    const head = plainHead(cursor.text, cursor.at);
    if (head !== '') {
      this.frame.calls?.add(head);
      const known = named(shell.reading, head);
      const { keyword } = known;
      if (keyword !== undefined) {
        cursor.at += head.length;
        keyword(this);
        return;
      }
      const program = programOf(cursor.text, cursor.at, head);
      const runs = program === head ? known : named(shell.reading, program);
      if (runs.isInnocent && hasNoNames(shell.scope) && passPlainWords(cursor)) {
        this.frame.last = undefined;
        if (this.frame.kind === 'function') this.endFunction();
        return;
      }
    }
    readSimpleCommand(this, head);
  }

  /** A construct's own redirection: input in sight is the script of a shell inside that had none. */
  #readRedirectionOf(closed: Frame): void {
    const { cursor, shell } = this;
    if (!startsRedirection(cursor)) {
      // Two commands without an operator between them: the author erred, the reader goes on.
      this.#closed = undefined;
      return;
    }
    const target = new SimpleCommand();
    readRedirection(this, target);
    const unfed = shell.unfedShells > closed.unfedBefore;
    if (unfed) this.documents.whenRead(this, target, (input) => readWholeInput(shell, input));
    if (target.outputFile !== undefined) {
      if (this.frame.last !== undefined) shell.reading.files.write(target.outputFile, this.frame.last);
      this.frame.last = closed.errors;
      closed.outputFile = target.outputFile;
    }
    const { errorFile } = target;
    if (errorFile === undefined) return;
    const file = errorFile === standardOutput ? (closed.outputFile ?? errorFile) : errorFile;
    closed.errors = leadErrors(this, file, closed.errorsBefore);
    this.frame.last = withErrors(this.frame.last, closed.errors);
  }

  /** Judges a command now, or when its here-document has been read. */
  judge(command: SimpleCommand): void {
    const { frame } = this;
    const follows = this.operatorAhead();
    if (command.hereDocument !== undefined || frame.waits || this.documents.isAwaitedBy(command)) {
      this.documents.defer(this, command, follows === '|');
      frame.waits = follows === '|';
      // What the script itself writes is added when it is known.
      frame.last = frame.kind === 'script' ? '' : undefined;
      return;
    }
    const captures = frame.output !== undefined || follows === '|';
    const input = command.redirectsInput ? command.input : frame.piped;
    const output = judgeCommand(this, command, input, captures);
    this.#spare = command;
    frame.last = frame.last === undefined || output === undefined ? undefined : frame.last + output;
  }

  /** `|` or `&` where the command is followed by it and so runs in a shell of its own. */
  operatorAhead(): string {
    this.skipBlanks();
    const code = this.cursor.code();
    if (code !== 0x7c && code !== 0x26) return '';
    if (this.cursor.code(1) === code) return '';
    return code === 0x7c ? '|' : '&';
  }

  /** Whether what the command does to the shell is certain to be done, and done in this shell. */
  isCertain(): boolean {
    const { frame } = this;
    return !frame.conditional && !frame.guarded && !frame.isPiped && this.operatorAhead() === '';
  }

  /** Gives the shell another input from here on. */
  redirectInput(input: Text): void {
    for (const frame of [...this.#frames, this.frame]) {
      frame.input = input;
      frame.piped = input;
    }
  }

  /** Whether what is read may be done again and again. */
  get inLoop(): boolean {
    return this.#loops > 0;
  }

  /** Does to the shell what may not be done: what it leaves stands beside what was. */
  perhaps(act: () => void): void {
    if (this.isCertain()) act();
    else this.either(act);
  }

  /** As `perhaps`, where it is known not to be certain. */
  either(act: () => void): void {
    const outcomes = new Outcomes(this.shell.scope);
    outcomes.addNothing();
    outcomes.add(act);
    outcomes.join();
  }

  skipBlanks(): void {
    const { cursor } = this;
    const { text } = cursor;
    for (;;) {
      const code = cursor.code();
      if (kindOf(code) === blank) cursor.at += 1;
      else if (code === 0x5c && cursor.code(1) === 0x0a) cursor.at += 2;
      else if (code === 0x23) {
        const end = text.indexOf('\n', cursor.at);
        cursor.at = end < 0 ? text.length : end;
      } else return;
    }
  }

  skipLines(): void {
    this.skipBlanks();
    while (this.cursor.code() === 0x0a) {
      this.cursor.at += 1;
      this.documents.readBodies(this);
      this.skipBlanks();
    }
  }

  open(kind: FrameKind): void {
    if (this.#frames.length >= maxFrames) {
      if (kind === 'parens') this.#deepParentheses += 1;
      return;
    }
    this.#push(
      openFrame(kind, this.frame, {
        unfed: this.shell.unfedShells,
        errors: this.shell.reading.errorCount,
        captures: true,
        bodyAt: this.cursor.at,
        before: this.shell.scope.mark(),
      }),
    );
  }

  openFunction(name: string): void {
    this.skipLines();
    if (this.#frames.length >= maxFrames) return;
    const { scope } = this.shell;
    this.#push(
      openFrame('function', this.frame, {
        unfed: this.shell.unfedShells,
        errors: this.shell.reading.errorCount,
        captures: false,
        bodyAt: this.cursor.at,
        name,
        before: scope.mark(),
        changesBefore: scope.changes,
        namesBefore: this.shell.reading.expandedNames,
      }),
    );
    scope.positionals = undefined;
  }

  /** Closes the innermost construct if it is of this kind; a stray closing word is passed over. */
  close(kind: FrameKind): void {
    if (this.frame.kind !== kind) return;
    if (kind === 'loop' && this.#loops === 1 && this.#readsAgain()) return;
    const closed = this.#pop();
    this.#closed = closed;
    const { shell } = this;
    if (closed.inputWaits && shell.unfedShells > closed.unfedBefore) {
      this.documents.receive(this, (input) => readWholeInput(shell, input));
    }
    this.endFunction();
  }

  /** A second round of a loop sees what the first one set, so a command named by a variable is read once more. */
  #readsAgain(): boolean {
    const { shell, cursor, frame } = this;
    const expands = shell.reading.expandedNames > this.#namesBefore;
    const again = !this.#again && expands && shell.scope.changes > this.#changesBefore;
    this.#again = again && shell.reading.affords(cursor.at - frame.bodyAt, shell.origin);
    if (this.#again) cursor.at = frame.bodyAt;
    return this.#again;
  }

  /** Ends the function whose body just ended. */
  endFunction(): void {
    while (this.frame.kind === 'function') {
      const { name, bodyAt, changesBefore, namesBefore, calls } = this.frame;
      this.#pop();
      const { scope } = this.shell;
      const body = this.cursor.text.slice(bodyAt, this.cursor.at);
      const depends = scope.changes > changesBefore || this.shell.reading.expandedNames > namesBefore;
      const certain = this.isCertain() && !this.frame.subshell;
      scope.define(name, { body, certain, depends, calls: calls ?? new Set() });
    }
  }

  nextPatterns(): void {
    if (!readPatterns(this)) this.close('case');
  }

  #push(frame: Frame): void {
    this.#closed = undefined;
    this.#frames.push(this.frame);
    this.frame = frame;
    if (frame.kind !== 'loop') return;
    this.#loops += 1;
    if (this.#loops > 1) return;
    this.#changesBefore = this.shell.scope.changes;
    this.#namesBefore = this.shell.reading.expandedNames;
  }

  /** A command to be read into; the last one serves again unless something waits for it. */
  freshCommand(): SimpleCommand {
    const spare = this.#spare;
    if (spare === undefined) return new SimpleCommand();
    this.#spare = undefined;
    spare.clear();
    return spare;
  }

  #endLoop(): void {
    this.#loops -= 1;
    if (this.#loops > 0 || this.growing === undefined) return;
    for (const name of this.growing) this.shell.scope.grow(name);
    this.growing = undefined;
  }

  #pop(): Frame {
    const closed = this.frame;
    endPipeline(closed);
    if (closed.kind === 'loop') this.#endLoop();
    const { before, kind } = closed;
    const isApart = kind === 'parens' || kind === 'function' || this.operatorAhead() !== '';
    if (before !== undefined && isApart) {
      if (kind !== 'function') readTraps(this.shell.scope, before.traps);
      this.shell.scope.comeBack(before);
    }
    this.frame = this.#frames.pop() ?? closed;
    this.frame.last = closed.output;
    return closed;
  }
}
