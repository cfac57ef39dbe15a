import type { SavedVariable, ShellState } from './scope.ts';
import { type Text, Words } from './words.ts';

/** The constructs that hold commands. */
export type FrameKind = 'script' | 'parens' | 'braces' | 'if' | 'loop' | 'case' | 'function';

/** One construct that is open where the reader stands, and the data that flows through its pipelines. */
export interface Frame {
  readonly kind: FrameKind;
  /** True where what happens inside may not happen: a branch, a loop, what stands behind `&&`. */
  readonly conditional: boolean;
  /** Input of the construct. */
  input: Text;
  /** What the construct has written so far; undefined once that is out of sight. */
  output: Text;
  /** Input of the next command: the output of the one before a `|`, else the construct's own. */
  piped: Text;
  /** Whether the next command stands behind a `|`, and whether what is before it waits for a here-document. */
  isPiped: boolean;
  waits: boolean;
  /** Whether the construct's own input waits so. */
  readonly inputWaits: boolean;
  /** Output of the command just read. */
  last: Text;
  /** Whether the next command stands behind a `&&` or `||` of its list. */
  guarded: boolean;
  /** The shell's count of unfed shells when the construct was opened. */
  readonly unfedBefore: number;
  /** How many texts had gone to descriptor 2 by then. */
  readonly errorsBefore: number;
  /** What its own redirections make of it: where its output goes, and what went to descriptor 2 and becomes output. */
  outputFile: string | undefined;
  errors: string;
  /** Where its body starts, for a loop or a function. */
  readonly bodyAt: number;
  /** How often variables had been set, and commands named by an expansion, where a function's body starts. */
  readonly changesBefore: number;
  readonly namesBefore: number;
  /** Name of the function. */
  readonly name: string;
  /** First words of the commands of a function's body. */
  readonly calls: Set<string> | undefined;
  /** What the shell comes back to at the end: where it stood before a subshell, a function's body, or what runs beside it. */
  readonly before: ShellState | undefined;
  /** Whether it runs in a shell of its own. */
  readonly subshell: boolean;
}

/** A simple command, ready to be judged once its input is known. */
export class SimpleCommand {
  readonly words = new Words();
  /** What assignments in front of the command give it. */
  environment: Map<string, readonly string[]> | undefined = undefined;
  /** Variables as they were before those assignments. */
  replaced: SavedVariable[] | undefined = undefined;
  /** Input by redirection, and whether there is one; a here-document brings its text later. */
  input: Text = undefined;
  redirectsInput = false;
  hereDocument: HereDocument | undefined = undefined;
  /** The descriptor that reads the here-document, where it is not the input. */
  hereDescriptor = '';
  /** File that takes the output, and whether it is added to what is there. */
  outputFile: string | undefined = undefined;
  appends = false;
  /** Where what it writes to descriptor 2 goes; undefined where that is not led elsewhere. */
  errorFile: string | undefined = undefined;

  clear(): void {
    this.words.clear();
    this.environment = undefined;
    this.replaced = undefined;
    this.input = undefined;
    this.redirectsInput = false;
    this.hereDocument = undefined;
    this.hereDescriptor = '';
    this.outputFile = undefined;
    this.appends = false;
    this.errorFile = undefined;
  }
}

/** A here-document whose body has not been reached yet. */
export interface HereDocument {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly stripsTabs: boolean;
  /** The body, in each way that its variables may make it; empty until it has been read. */
  texts: readonly string[];
}

export function openFrame(
  kind: FrameKind,
  parent: Frame | undefined,
  details: {
    input?: Text;
    unfed: number;
    errors: number;
    captures: boolean;
    bodyAt?: number;
    name?: string;
    changesBefore?: number;
    namesBefore?: number;
    before?: ShellState;
    subshell?: boolean;
  },
): Frame {
  const input = parent === undefined ? details.input : parent.piped;
  return {
    kind,
    // What a function's definition does to the shell is undone at its end: within, it is certain.
    conditional:
      parent !== undefined &&
      kind !== 'function' &&
      (parent.conditional ||
        parent.guarded ||
        parent.isPiped ||
        (kind !== 'braces' && kind !== 'script' && kind !== 'parens')),
    input,
    output: details.captures ? '' : undefined,
    piped: input,
    isPiped: false,
    waits: false,
    inputWaits: parent?.waits ?? false,
    last: '',
    guarded: false,
    unfedBefore: details.unfed,
    errorsBefore: details.errors,
    outputFile: undefined,
    errors: '',
    bodyAt: details.bodyAt ?? 0,
    changesBefore: details.changesBefore ?? 0,
    namesBefore: details.namesBefore ?? 0,
    name: details.name ?? '',
    calls: kind === 'function' ? new Set() : parent?.calls,
    before: details.before,
    subshell: details.subshell === true || parent?.subshell === true || kind === 'parens',
  };
}

/** Ends a pipeline: what its last command wrote is output of the construct. */
export function endPipeline(frame: Frame): void {
  if (frame.output !== undefined) frame.output = frame.last === undefined ? undefined : frame.output + frame.last;
  frame.last = '';
  frame.piped = frame.input;
  frame.isPiped = false;
  frame.waits = false;
}

/** Ends a command before a `|`. */
export function pipeOn(frame: Frame): void {
  frame.piped = frame.last;
  frame.isPiped = true;
  frame.last = '';
}
