import type { CommandContext, CommandHit, CommandTools } from '../command-line.ts';
import { expandVariables } from './kubelet-expansion.ts';
import { unknownText } from './markers.ts';
import type { Named } from './named.ts';
import { Separators } from './separators.ts';
import { WrittenFiles } from './written-files.ts';

/** More hits than this tell a reader nothing new; whoever writes so many hides one behind them. */
const maxHits = 100;
/** Scripts in scripts, substitutions in substitutions: nobody writes this many, and the call stack bears them. */
const maxDepth = 24;
/** Text made by expansion, or read again, that a command line may cost where its context does not say, in characters. */
const baseAllowance = 4096;
/** What a word costs, in characters, that is handed on as it is. */
const costOfWord = 8;
/** How many times its own size a command line may cost on top of that. */
const allowancePerCharacter = 4;

/** Variables whose value, expanded, is the path of a script that bash, or any interactive `sh`, begins with. */
export const startFileVariables: readonly string[] = ['BASH_ENV', 'ENV'];

function keyOf(tool: string, how: CommandHit['how']): string {
  return how === 'runs' ? tool : `${how} ${tool}`;
}

/** One command line being read: what was found, and what the reader may still spend. */
export class Reading {
  readonly context: CommandContext;
  readonly tools: CommandTools;
  readonly hits: CommandHit[] = [];
  readonly files = new WrittenFiles();
  /** What words stand for, to be looked up by `named`. */
  readonly named = new Map<string, Named>();
  /** How many commands so far were named by an expansion: what a function's call may change. */
  expandedNames = 0;
  /** Whether a variable is set anywhere that names a script which shells begin with. */
  hasStartFiles: boolean;
  /** True when no more can be told. */
  full = false;
  /** What went to descriptor 2 and was not led elsewhere, as far as it is in sight. */
  #errors: string[] | undefined;
  #allowance: number;
  #depth = 0;
  #environment: Map<string, string | undefined> | undefined;
  #seen: Map<string, number> | undefined;
  readonly #separators = new Map<string, Separators>();

  constructor(context: CommandContext, tools: CommandTools, size: number) {
    this.context = context;
    this.tools = tools;
    this.hasStartFiles = startFileVariables.some((name) => context.env.has(name));
    this.#allowance = (context.allowance ?? baseAllowance) + allowancePerCharacter * size;
  }

  report(tool: string, toolClass: string, how: CommandHit['how'], word: number, enters?: 'host'): void {
    const lastWord = this.#seen?.get(keyOf(tool, how));
    if (lastWord !== undefined && this.#isTold(tool, how, word, lastWord, enters)) return;
    if (this.full) return;
    this.#remember(tool, how, word);
    const hit = { tool, class: toolClass, how, word };
    this.hits.push(enters === undefined ? hit : { ...hit, enters });
    if (this.hits.length < maxHits) return;
    this.full = true;
    this.hits.push({ tool: '', class: '', how: 'exhausted', word });
  }

  /** Whether the hit is known; one that enters the host takes the place of the same without. */
  #isTold(tool: string, how: CommandHit['how'], word: number, lastWord: number, enters: 'host' | undefined): boolean {
    if (lastWord === word && enters === undefined) return true;
    const index = this.hits.findIndex((hit) => hit.tool === tool && hit.how === how && hit.word === word);
    const hit = this.hits[index];
    if (hit !== undefined && enters !== undefined) this.hits[index] = { ...hit, enters };
    return hit !== undefined;
  }

  /** Takes back what was told of text that turns out to be something else. */
  takeBack(count: number): void {
    if (this.hits.length === count) return;
    this.hits.length = count;
    this.full = false;
    this.#seen = undefined;
    for (const { tool, how, word } of this.hits) this.#remember(tool, how, word);
  }

  #remember(tool: string, how: CommandHit['how'], word: number): void {
    this.#seen ??= new Map();
    this.#seen.set(keyOf(tool, how), word);
  }

  noteVariable(name: string): void {
    if (name.endsWith('ENV') && startFileVariables.includes(name)) this.hasStartFiles = true;
  }

  /** Tells that a command in this word cannot be resolved. */
  opaque(word: number): void {
    this.report('', '', 'opaque', word);
  }

  /** Tells that this word goes further than the reader follows. */
  exhausted(word: number): void {
    this.report('', '', 'exhausted', word);
  }

  /** How many texts have gone to descriptor 2. */
  get errorCount(): number {
    return this.#errors?.length ?? 0;
  }

  /** Costs nothing: whoever made the text has paid for it. */
  addErrors(text: string): void {
    this.#errors ??= [];
    this.#errors.push(text);
  }

  /** Takes away what went to descriptor 2 since there were so many. */
  takeErrors(count: number, word: number): string {
    if (this.#errors === undefined || this.#errors.length <= count) return '';
    const taken = this.#errors.splice(count).join('');
    return this.affords(taken.length, word) ? taken : '';
  }

  /** Whether text of this size may still be made or read again; where not, the reader is exhausted. */
  affords(size: number, word: number): boolean {
    this.#allowance -= size;
    if (this.#allowance >= 0) return true;
    this.#allowance = 0;
    this.exhausted(word);
    return false;
  }

  /** Whether text of this size may be read again where nothing is lost but the knowledge of its output. */
  spares(size: number): boolean {
    if (this.#allowance < size) return false;
    this.#allowance -= size;
    return true;
  }

  /** Whether a list of this many words may be made or read again. */
  affordsWords(count: number, word: number): boolean {
    return this.affords(count * costOfWord, word);
  }

  /** Goes one level deeper, to be undone by `leave`; false, and exhausted, where that is too deep. */
  enter(word: number): boolean {
    if (this.#depth >= maxDepth) {
      this.exhausted(word);
      return false;
    }
    this.#depth += 1;
    return true;
  }

  leave(): void {
    this.#depth -= 1;
  }

  /** What this value of IFS means: each is looked at once, however long it is. */
  separators(ifs: string): Separators {
    const known = this.#separators.get(ifs);
    if (known !== undefined) return known;
    const separators = new Separators(ifs);
    this.#separators.set(ifs, separators);
    return separators;
  }

  /** Value of a variable of the container as its first process sees it; undefined where it is set nowhere in sight. */
  environment(name: string): string | undefined {
    this.#environment ??= new Map();
    if (this.#environment.has(name)) return this.#environment.get(name);
    const { env } = this.context;
    if (!env.has(name)) return undefined;
    const literal = env.get(name);
    // Set before it is expanded: a value that names itself finds itself unset, as the kubelet has it.
    this.#environment.set(name, undefined);
    const value = literal === undefined ? unknownText : this.#expanded(literal);
    this.#environment.set(name, value);
    return value;
  }

  #expanded(literal: string): string {
    this.#allowance += allowancePerCharacter * literal.length;
    if (!literal.includes('$(')) return literal;
    if (!this.enter(0)) return unknownText;
    const value = expandVariables(literal, this, 0);
    this.leave();
    return value;
  }
}
