import { givenVariables, valueOfUnset } from './given-variables.ts';
import { unknownText } from './markers.ts';
import type { Reading } from './reading.ts';
import type { Shell } from './shell.ts';
import { joinedValues, maxValues, mayGrow } from './values.ts';
import { Words } from './words.ts';

/** More ways than this that `$@` or an array may be left in are not told apart. */
export const maxWays = 8;

/** A variable as far as it is in sight: more than one value where a branch or a loop decides. */
export interface Variable {
  readonly values: readonly string[];
  /** Elements of an array, in each way that a branch may leave it; absent for a plain variable. */
  readonly arrays?: readonly (readonly string[])[];
  readonly exported: boolean;
  /** True for one that the shell lets nobody change. */
  readonly fixed?: boolean;
  /** Small or capital letters that the shell makes of what is assigned. */
  readonly casing?: 'small' | 'capital';
}

/** A variable as it was; `own` is false where the shell only inherited it. */
export interface SavedVariable {
  readonly name: string;
  readonly own: boolean;
  readonly variable: Variable | undefined;
}

/** What a descriptor leads to: a file to be written, or text to be read. */
interface Descriptor {
  readonly file?: string;
  readonly text?: string;
}

const noDescriptors: ReadonlyMap<string, Descriptor> = new Map();
/** More descriptors than these are not followed. */
const maxDescriptors = 16;

/** Where a shell stands: how many changes of variables it has noted, its parameters, its descriptors, and its traps. */
export interface ShellState {
  readonly changes: number;
  readonly descriptors: ReadonlyMap<string, Descriptor>;
  readonly traps: number;
  readonly positionals: readonly Words[] | undefined;
}

/** A function defined in the script. */
export interface ShellFunction {
  readonly body: string;
  /** False where the definition may not have happened: in a branch, a subshell, a pipeline. */
  readonly certain: boolean;
  /** Whether a call may run or set something that the definition does not show. */
  depends: boolean;
  /** First words of the commands in the body, and how many functions had been defined when they were last looked up. */
  readonly calls: ReadonlySet<string>;
  lookedUpAt: number;
  /** True while a call of it is being read. */
  active: boolean;
}

/** What one shell process knows: variables, functions, aliases, and its positional parameters. */
export class Scope {
  readonly reading: Reading;
  readonly parent: Scope | undefined;
  /** Variables that the command put in front of this shell (`X=1 sh`, `env X=1 sh`). */
  readonly environment: ReadonlyMap<string, readonly string[]> | undefined;
  /** True under `env -i`: the container's variables do not reach this shell. */
  readonly cleared: boolean;
  /** `$0`, and `$@` in each way a branch may have left it; undefined in the body of a function that nobody called yet. */
  program = noProgram;
  positionals: readonly Words[] | undefined = noPositionals;
  functions: Map<string, ShellFunction> | undefined;
  /** By their paths: `/dev/stdout`, `/dev/fd/3`. */
  descriptors: ReadonlyMap<string, Descriptor>;
  /** How many definitions there were. */
  definitions = 0;
  aliases: Map<string, string> | undefined;
  /** Variables that the function being called has for itself, as they were before. */
  locals: SavedVariable[] | undefined;
  /** Where the shell stood at the first `return` of that function. */
  returned: ShellState | undefined;
  /** Code of `trap`. */
  traps: { readonly code: string; readonly shell: Shell }[] | undefined;
  /** How many times a variable was set. */
  changes = 0;
  /** True under `set -a`: every variable that is set is exported. */
  exportsAll = false;
  #variables: Map<string, Variable | undefined> | undefined;
  /** Variables as they were before each change since the first `mark`. */
  #journal: SavedVariable[] | undefined;

  constructor(reading: Reading, parent?: Scope, environment?: ReadonlyMap<string, readonly string[]>, cleared = false) {
    this.reading = reading;
    this.parent = parent;
    this.environment = environment;
    this.cleared = cleared;
    this.descriptors = parent?.descriptors ?? noDescriptors;
  }

  /** The variable; undefined where it is not set. */
  find(name: string): Variable | undefined {
    const own = this.#variables?.get(name);
    if (own !== undefined) return own;
    if (this.#variables?.has(name) === true) return undefined;
    return this.#inherited(name) ?? this.#given(name);
  }

  /** Whether the variable is set by the command line or the container, as opposed to nowhere or out of sight. */
  isInSight(name: string): boolean {
    return name === 'IFS' || this.#variables?.has(name) === true || this.#inherited(name) !== undefined;
  }

  set(name: string, variable: Variable | undefined): void {
    const old = this.#variables?.get(name);
    if (old?.casing !== undefined && variable !== undefined) this.#put(name, inCase(variable, old.casing));
    else if (old?.fixed !== true) this.#put(name, variable);
    else if (variable !== undefined) {
      this.#put(name, { ...variable, values: joinedValues(old.values, variable.values), fixed: true });
    }
  }

  #put(name: string, variable: Variable | undefined): void {
    this.changes += 1;
    this.reading.noteVariable(name);
    this.#journal?.push(this.saved(name));
    this.#variables ??= new Map();
    this.#variables.set(name, variable);
  }

  /** Marks the state of the shell, to be come back to: after a subshell, and after a function's body that only runs when called. */
  mark(): ShellState {
    this.#journal ??= [];
    const { positionals, descriptors, traps } = this;
    return { changes: this.#journal.length, positionals, descriptors, traps: traps?.length ?? 0 };
  }

  /** The variables that were set since the mark, as they were at the mark. */
  changedSince({ changes }: ShellState): readonly SavedVariable[] {
    const saved = new Map<string, SavedVariable>();
    for (const each of this.#journal?.slice(changes) ?? []) if (!saved.has(each.name)) saved.set(each.name, each);
    return [...saved.values()];
  }

  comeBack({ changes, positionals, descriptors, traps }: ShellState): void {
    this.positionals = positionals;
    this.descriptors = descriptors;
    if (this.traps !== undefined) this.traps.length = traps;
    const journal = this.#journal ?? [];
    // Putting back is no change of its own.
    this.#journal = undefined;
    while (journal.length > changes) {
      const saved = journal.pop();
      if (saved !== undefined) this.restore(saved);
    }
    this.#journal = journal;
    // A `return` on a way that was come back from: what follows is still beside what stood at its beginning.
    if (this.returned !== undefined && this.returned.changes > changes) this.returned = { ...this.returned, changes };
  }

  /** Assigns; where it only may happen, the old values stay beside the new one. */
  assign(name: string, value: string, conditional: boolean, exported = false): void {
    const old = this.find(name);
    this.set(name, {
      values: conditional ? this.#merged(name, old, value) : [value],
      exported: exported || this.exportsAll || (old?.exported ?? false),
    });
  }

  /** A loop has put the variable together from its own value, in as many rounds as it may have had. */
  grow(name: string): void {
    const variable = this.find(name);
    if (variable === undefined || !mayGrow(variable.values)) return;
    this.set(name, { ...variable, values: joinedValues(variable.values, [unknownText]) });
  }

  /** Gives a variable every value that a loop may give it; none leaves it as it is. */
  assignEach(name: string, values: readonly string[]): void {
    if (values.length === 0) return;
    const exported = this.find(name)?.exported ?? false;
    const kept = values.length > maxValues ? [...values.slice(0, maxValues), unknownText] : values;
    this.set(name, { values: kept, exported });
  }

  /** Gives an array its elements, in each way that a loop may give it. */
  assignArray(name: string, ...ways: readonly (readonly string[])[]): void {
    const arrays = ways.slice(0, maxWays);
    this.set(name, { values: arrays.map(([first]) => first ?? ''), arrays, exported: false });
  }

  define(name: string, defined: Omit<ShellFunction, 'active' | 'lookedUpAt'>): void {
    this.functions ??= new Map();
    this.definitions += 1;
    this.functions.set(name, { ...defined, active: false, lookedUpAt: -1 });
  }

  /** Whether a call may run or set something that the definition does not show, be it by a function that it calls. */
  dependsOnShell(called: ShellFunction): boolean {
    if (called.depends || called.lookedUpAt === this.definitions) return called.depends;
    // It grows while it is walked: functions may call each other thousands deep.
    const reached = new Set([called]);
    for (const { calls, depends } of reached) {
      called.depends ||= depends || !this.reading.affords(calls.size, 0);
      if (called.depends) return true;
      for (const name of calls) {
        const inner = this.functions?.get(name);
        if (inner !== undefined && (inner.depends || inner.lookedUpAt !== this.definitions)) reached.add(inner);
      }
    }
    for (const each of reached) each.lookedUpAt = this.definitions;
    return false;
  }

  /** The variable as this shell has it now, to be put back by `restore`. */
  saved(name: string): SavedVariable {
    return { name, own: this.#variables?.has(name) === true, variable: this.#variables?.get(name) };
  }

  restore(saved: SavedVariable): void {
    if (saved.own) this.#put(saved.name, saved.variable);
    else this.#variables?.delete(saved.name);
  }

  /** Sets what stands in front of a command; what was, in the order in which it is to be restored. */
  setEach(environment: ReadonlyMap<string, readonly string[]> | undefined): SavedVariable[] {
    const replaced: SavedVariable[] = [];
    for (const [name, values] of environment ?? []) {
      replaced.unshift(this.saved(name));
      this.set(name, { values, exported: true });
    }
    return replaced;
  }

  redirect(path: string, descriptor: Descriptor): void {
    if (this.descriptors.size >= maxDescriptors && !this.descriptors.has(path)) return;
    this.descriptors = new Map(this.descriptors).set(path, descriptor);
  }

  /** The text that stands in a file or comes from a descriptor, as far as the command line put it there. */
  textAt(path: string): string | undefined {
    return this.descriptors.get(path)?.text ?? this.reading.files.text(path);
  }

  /** The file that a path leads to. */
  fileAt(path: string): string {
    return this.descriptors.size === 0 ? path : (this.descriptors.get(path)?.file ?? path);
  }

  export(name: string): void {
    const variable = this.find(name);
    if (variable !== undefined) this.set(name, { ...variable, exported: true });
  }

  #merged(name: string, old: Variable | undefined, added: string): readonly string[] {
    const before = old === undefined ? [valueOfUnset(name)] : this.isInSight(name) ? old.values : [];
    return joinedValues(before, [added]);
  }

  #inherited(name: string): Variable | undefined {
    // Every shell begins with separators of its own.
    if (name === 'IFS') return undefined;
    const put = this.environment?.get(name);
    if (put !== undefined) return { values: put, exported: true };
    if (this.cleared) return undefined;
    if (this.parent !== undefined) {
      const variable = this.parent.find(name);
      return variable?.exported === true ? variable : undefined;
    }
    const value = this.reading.environment(name);
    return value === undefined ? undefined : { values: [value], exported: true };
  }

  #given(name: string): Variable | undefined {
    const value = givenVariables.get(name);
    if (value !== undefined) return { values: [value], exported: false };
    const outOfSight = !this.cleared && !this.reading.context.envComplete && this.parent === undefined;
    return outOfSight ? { values: [unknownText], exported: true } : undefined;
  }
}

export function inCase(variable: Variable, casing: 'small' | 'capital'): Variable {
  const values = variable.values.map((value) => (casing === 'small' ? value.toLowerCase() : value.toUpperCase()));
  return { ...variable, values, casing };
}

/** `$0` of nothing yet. */
const noProgram = new Words();

/** `$@` of a shell without arguments. */
export const noPositionals: readonly Words[] = [new Words()];
