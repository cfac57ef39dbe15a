import { createHash } from 'node:crypto';
import type { JsonObject } from '../policy/finding.ts';
import { asString, isObject } from '../policy/json.ts';

/*
 * One event of Falco, as its http_output and file_output write it, and as Falcosidekick passes it on with a uuid and fields
 * of its own. Whoever starts a process chooses its name, its arguments and, through labels, some of the fields: nothing in
 * here is more than what somebody says.
 * Source: https://falco.org/docs/reference/rules/supported-fields/, falcosecurity/falcosidekick types/types.go (FalcoPayload).
 */

/** What an event tells. Texts are as they came, cut to a bound, not made plain; '' for what it does not tell. */
export interface FalcoEvent {
  readonly rule: string;
  readonly priority: string;
  /** Milliseconds since the epoch; undefined where the event tells no time that can be read. */
  readonly timeMs: number | undefined;
  readonly output: string;
  /** The node, as Falco calls it: the name of the host or of its own pod. */
  readonly hostname: string;
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly container: { readonly id: string; readonly name: string; readonly image: string; readonly digest: string };
  readonly process: {
    readonly name: string;
    readonly commandLine: string;
    readonly path: string;
    readonly pid: string;
    /** Names of its parents, the nearest first. */
    readonly parents: readonly string[];
  };
  /** The account on the node that the process ran as, and the one that somebody logged in with. */
  readonly user: { readonly name: string; readonly login: string };
  /** The user of the API server, where the event comes of its audit log (source k8s_audit). */
  readonly apiUser: string;
  /** False where `output_fields` are missing: Falco leaves them out by json_include_output_fields_property: false. */
  readonly hasFields: boolean;
  /** The same for each delivery of one event, whoever passed it on; 64 hexadecimal digits. */
  readonly fingerprint: string;
}

/** A value that is no event of Falco, and why. */
export interface NoFalcoEvent {
  readonly problem: string;
}

/** Longest text that is kept of a field: a command line may be two megabytes. */
const maxText = 4_096;

/** What Falco writes for a field without a value. */
const nothing: ReadonlySet<string> = new Set(['', '<NA>', 'N/A', 'null', '<nil>']);

const maxParents = 8;

export function readFalcoEvent(value: unknown): FalcoEvent | NoFalcoEvent {
  if (!isObject(value)) return { problem: 'it is no JSON object' };
  const rule = cut(asString(value['rule']));
  if (rule === '') return { problem: 'it names no rule' };
  const fields = value['output_fields'];
  const hasFields = isObject(fields);
  const read = fieldsOf(hasFields ? fields : {});
  const time = asString(value['time']);
  const event = {
    rule,
    priority: textOf(value['priority']),
    timeMs: timeOf(time) ?? timeOfNanoseconds(read('evt.time'), read('evt.rawtime')),
    output: textOf(value['output']),
    hostname: read('evt.hostname') || textOf(value['hostname']),
    pod: podOf(read),
    container: {
      id: read('container.full_id') || read('container.id'),
      name: read('container.name'),
      image: imageOf(read('container.image.repository') || read('container.image'), read('container.image.tag')),
      digest: read('container.image.digest'),
    },
    process: {
      name: read('proc.name'),
      commandLine: read('proc.cmdline'),
      path: read('proc.exepath') || read('proc.exe'),
      pid: read('proc.pid'),
      parents: parentsOf(read),
    },
    user: { name: read('user.name') || read('user.uid'), login: read('user.loginname') },
    apiUser: read('ka.user.name'),
    hasFields,
  };
  return { ...event, fingerprint: fingerprintOf(event, time, hasFields ? fields : {}) };
}

export function isFalcoEvent(read: FalcoEvent | NoFalcoEvent): read is FalcoEvent {
  return 'rule' in read;
}

/** Whether the event is of a process outside every container, as far as it tells. */
export function isOfHost({ container, pod }: FalcoEvent): boolean {
  return container.id === 'host' || (container.id === '' && pod.name === '');
}

type ReadField = (name: string) => string;

/** Own fields only, and Falco's words for nothing taken for nothing. */
function fieldsOf(fields: JsonObject): ReadField {
  return (name) => (Object.hasOwn(fields, name) ? textOf(fields[name]) : '');
}

function textOf(value: unknown): string {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : asString(value);
  return nothing.has(text) ? '' : cut(text);
}

function cut(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText)}… (${text.length} characters)` : text;
}

/** By the engine, by the plugin k8smeta, or the target of a request that the plugin k8saudit has seen. */
function podOf(read: ReadField): FalcoEvent['pod'] {
  for (const prefix of ['k8s', 'k8smeta']) {
    const name = read(`${prefix}.pod.name`);
    if (name !== '') return { namespace: read(`${prefix}.ns.name`), name, uid: read(`${prefix}.pod.uid`) };
  }
  if (read('ka.target.resource') === 'pods') {
    return { namespace: read('ka.target.namespace'), name: read('ka.target.name'), uid: '' };
  }
  return { namespace: '', name: '', uid: '' };
}

function imageOf(repository: string, tag: string): string {
  if (repository === '' || tag === '') return repository;
  // `container.image` has the tag already.
  return repository.slice(repository.lastIndexOf('/') + 1).includes(':') ? repository : `${repository}:${tag}`;
}

function parentsOf(read: ReadField): string[] {
  const parents = [read('proc.pname') || read('proc.aname[1]')];
  for (let level = 2; level <= maxParents; level += 1) parents.push(read(`proc.aname[${level}]`));
  const last = parents.findLastIndex((name) => name !== '');
  return parents.slice(0, last + 1).map((name) => name || '?');
}

/** A time without a zone is of one that nobody knows; one before all clocks is what Go writes for no time. */
function timeOf(text: string): number | undefined {
  if (text.length > 64 || !/^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return ms > 0 ? ms : undefined;
}

/** `evt.time` is a number of nanoseconds in JSON. */
function timeOfNanoseconds(...texts: readonly string[]): number | undefined {
  const text = texts.find((each) => /^\d{16,20}$/.test(each));
  return text === undefined ? undefined : Math.floor(Number(text) / 1e6);
}

/**
 * What Falcosidekick adds (a uuid, custom fields) or writes otherwise (trailing zeros of a second) must not make another
 * event of it; what tells two processes apart must. A time in nanoseconds does nearly alone.
 */
function fingerprintOf(event: Omit<FalcoEvent, 'fingerprint'>, time: string, fields: JsonObject): string {
  const { rule, output, hostname, pod, container, process } = event;
  const whole = Object.hasOwn(fields, 'proc.cmdline') ? asString(fields['proc.cmdline']) : output;
  const parts = [
    rule,
    time.replace(/(\.\d*?)0*(?=Z$|[+-]\d\d:\d\d$)/, '$1').replace(/\.(?=Z$|[+-])/, ''),
    hostname,
    pod.namespace,
    pod.name,
    container.id,
    process.pid,
    // Hashed whole: two that differ only past the bound are two.
    whole,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
