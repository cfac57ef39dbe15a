import type { CommandHit, CommandTools } from './command-line.ts';
import { isInnocent, readCommandLine } from './command-line.ts';
import { startFileVariables } from './command-line/reading.ts';
import type { FieldPath, JsonObject } from './finding.ts';
import { asList, asObject, asString, asStrings } from './json.ts';
import { Memo } from './memo.ts';

/** One command line of a container, and the field that each of its words stands in. */
export interface ContainerCommand {
  readonly argv: readonly string[];
  /** Its first word, which most often decides; undefined where there is none. */
  readonly first: string | undefined;
  /** Steps from the container to the word with this index in argv. */
  readonly pathOf: (word: number) => FieldPath;
  /** True for what the kubelet expands $(VAR) in: command and args, not hooks and probes. */
  readonly expandsVariables: boolean;
  /** True for args alone: the image decides what runs them. */
  readonly entryPointUnknown: boolean;
}

/** The fields of a container that may hold an exec action of a probe. */
const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

/** The fields of its lifecycle that may hold one of a hook. */
const hooks = ['postStart', 'preStop'] as const;

const noCommands: readonly ContainerCommand[] = [];

/**
 * Every command line that a container may run: its own, its hooks', its probes'.
 * @param isStep - whether it is a step of Argo or Tekton, which may have a script beside its command; a pod's container
 *   has none, and the API server drops what its author writes there
 */
export function containerCommands(container: JsonObject, isStep: boolean): readonly ContainerCommand[] {
  let all = noCommands;
  if (container['command'] !== undefined || container['args'] !== undefined) {
    all = [new MainCommand(container['command'], container['args'])];
  }
  const script = isStep ? scriptCommand(container) : undefined;
  if (script !== undefined) all = [...all, script];
  for (const probe of probes) {
    const exec = container[probe] === undefined ? undefined : asObject(container[probe])['exec'];
    if (exec !== undefined) all = [...all, ...execCommands(exec, [probe])];
  }
  if (container['lifecycle'] === undefined) return all;
  for (const hook of hooks) {
    const exec = asObject(asObject(container['lifecycle'])[hook])['exec'];
    if (exec !== undefined) all = [...all, ...execCommands(exec, ['lifecycle', hook])];
  }
  return all;
}

/** The command of an exec action, which stands at these steps below its container. */
function execCommands(exec: unknown, steps: FieldPath): readonly ContainerCommand[] {
  const argv = asStrings(asObject(exec)['command']);
  if (argv.length === 0) return noCommands;
  const pathOf = (word: number): FieldPath => [...steps, 'exec', 'command', word];
  return [{ argv, first: argv[0], pathOf, expandsVariables: false, entryPointUnknown: false }];
}

/** Command and args as the one argv that they become, once somebody asks for more than its first word. */
class MainCommand implements ContainerCommand {
  readonly expandsVariables = true;
  readonly entryPointUnknown: boolean;
  readonly #command: readonly string[];
  readonly #args: unknown;

  constructor(command: unknown, args: unknown) {
    this.#command = asStrings(command);
    this.#args = args;
    this.entryPointUnknown = this.#command.length === 0;
  }

  get first(): string | undefined {
    return this.#command[0] ?? asList(this.#args).find((entry) => typeof entry === 'string');
  }

  get argv(): readonly string[] {
    const args = asStrings(this.#args);
    if (args.length === 0) return this.#command;
    return this.entryPointUnknown ? args : [...this.#command, ...args];
  }

  pathOf(word: number): FieldPath {
    const { length } = this.#command;
    return word < length ? ['command', word] : ['args', word - length];
  }
}

/**
 * A script as its own field: Argo's `source` is run by the template's command, Tekton's `script` by its shebang or sh.
 * Source: argoproj/argo-workflows docs/fields.md (ScriptTemplate), tektoncd/pipeline docs/tasks.md (Running scripts within Steps).
 */
function scriptCommand(container: JsonObject): ContainerCommand | undefined {
  const field = typeof container['source'] === 'string' ? 'source' : 'script';
  const script = asString(container[field]);
  if (script === '') return undefined;
  const own = field === 'source' ? asStrings(container['command']) : [];
  const interpreter = own.length > 0 ? own : (shebang(script) ?? ['sh']);
  return {
    argv: [...interpreter, inlineFlag(interpreter), script],
    first: interpreter[0],
    pathOf: (word) => (word < own.length ? ['command', word] : [field]),
    expandsVariables: false,
    entryPointUnknown: false,
  };
}

function shebang(script: string): string[] | undefined {
  if (!script.startsWith('#!')) return undefined;
  const end = script.indexOf('\n');
  const words = script
    .slice(2, end < 0 ? undefined : Math.min(end, 256))
    .split(/[ \t\r]/)
    .filter((word) => word !== '');
  return words.length === 0 ? undefined : words;
}

/** The flag by which an interpreter takes a program as one word. */
function inlineFlag(interpreter: readonly string[]): string {
  const last = interpreter.findLast((word) => !word.startsWith('-')) ?? '';
  const base = last.slice(last.lastIndexOf('/') + 1);
  return /^(?:perl|ruby|node|lua)/.test(base) ? '-e' : base.startsWith('php') ? '-r' : '-c';
}

/** The environment of a container as far as it is in sight. */
export interface ContainerEnvironment {
  /** Literal values; undefined for a variable whose value comes from elsewhere. */
  readonly values: ReadonlyMap<string, string | undefined>;
  /** False where `envFrom` may set more. */
  readonly complete: boolean;
}

const noValues: ReadonlyMap<string, string | undefined> = new Map();
const emptyEnvironment: ContainerEnvironment = { values: noValues, complete: true };

/** Reads `env` and `envFrom`; a later entry of the same name wins, as the kubelet has it. */
export function containerEnvironment(container: JsonObject): ContainerEnvironment {
  if (container['env'] === undefined && container['envFrom'] === undefined) return emptyEnvironment;
  const values = new Map<string, string | undefined>();
  for (const entry of asList(container['env'])) {
    const fields = asObject(entry);
    const name = fields['name'];
    if (typeof name !== 'string') continue;
    const value = fields['value'];
    const elsewhere = fields['valueFrom'] !== undefined && fields['valueFrom'] !== null;
    values.set(name, elsewhere ? undefined : asString(value));
  }
  return { values, complete: asList(container['envFrom']).length === 0 };
}

const noMounts: readonly string[] = [];

/** The names of a pod's volumes that are paths of its host. */
export type HostVolumes = ReadonlySet<unknown>;

const noVolumes: HostVolumes = new Set();

/** Asked once a pod: a hostile one has thousands of volumes, and as many containers that mount them. */
export function hostVolumesOf(podSpec: JsonObject): HostVolumes {
  if (podSpec['volumes'] === undefined) return noVolumes;
  let names: Set<unknown> | undefined;
  for (const entry of asList(podSpec['volumes'])) {
    const volume = asObject(entry);
    if (volume['hostPath'] === undefined || volume['hostPath'] === null) continue;
    names ??= new Set();
    names.add(volume['name']);
  }
  return names ?? noVolumes;
}

/** Where a container mounts paths of its host. */
function hostMounts(container: JsonObject, hostVolumes: HostVolumes): readonly string[] {
  if (hostVolumes.size === 0 || container['volumeMounts'] === undefined) return noMounts;
  return asList(container['volumeMounts'])
    .map(asObject)
    .filter((mount) => hostVolumes.has(mount['name']))
    .map((mount) => asString(mount['mountPath']));
}

type CommandReader = (
  command: ContainerCommand,
  container: JsonObject,
  hostVolumes: HostVolumes,
  /** How many containers of the pod stand before this one. */
  before: number,
) => readonly CommandHit[];

/**
 * What expansions may cost a command line, and in how many containers of a pod. No honest script comes near it, and a pod
 * with ten thousand that do costs no more time than its size allows.
 */
const generous = { allowance: 65_536, containers: 16 } as const;

const noHits: readonly CommandHit[] = [];

/** Ends each word in the key of a remembered command line; no program can be started with it in a word. */
const wordEnd = '\0';

/** A reader of container commands that remembers what it read where the words alone decide. */
export function commandReader(tools: CommandTools): CommandReader {
  // One for each way in which the same words are read differently.
  const known = Array.from({ length: 4 }, () => new Memo<readonly CommandHit[]>());
  return (command, container, hostVolumes, before) => {
    const { first, expandsVariables, entryPointUnknown } = command;
    if (first === undefined || isInnocent(first, command, tools)) return noHits;
    const { argv } = command;
    const read = (): readonly CommandHit[] => {
      const { values: env, complete: envComplete } = containerEnvironment(container);
      const mounts = hostMounts(container, hostVolumes);
      const context = { env, envComplete, expandsVariables, entryPointUnknown, hostMounts: mounts };
      const { allowance } = generous;
      return readCommandLine(argv, before < generous.containers ? { ...context, allowance } : context, tools);
    };
    const text = argv.length === 1 ? first : argv.join(wordEnd);
    if (before >= generous.containers || needsContainer(text, argv.length, container)) return read();
    if (hostVolumes.size > 0 && hostMounts(container, hostVolumes).length > 0) return read();
    const memo = known[(expandsVariables ? 2 : 0) + (entryPointUnknown ? 1 : 0)];
    return memo === undefined ? read() : memo.get(text, read);
  };
}

/** Whether more than the words may decide what a command line runs, or the words cannot be told from their joined text. */
function needsContainer(text: string, words: number, container: JsonObject): boolean {
  // `$`, and on Windows `%`, bring in the environment.
  if (container['env'] !== undefined || container['envFrom'] !== undefined) {
    if (text.includes('$') || text.includes('%') || namesStartFile(container['env'])) return true;
  }
  let ends = 0;
  for (let at = text.indexOf(wordEnd); at >= 0 && ends < words; at = text.indexOf(wordEnd, at + 1)) ends += 1;
  return words > 0 && ends !== words - 1;
}

/** Whether a variable is set that shells expand before they read anything, whatever stands in the words. */
function namesStartFile(env: unknown): boolean {
  return asList(env).some((entry) => startFileVariables.includes(asString(asObject(entry)['name'])));
}
