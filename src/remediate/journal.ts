import type { FileHandle } from 'node:fs/promises';
import { open, readFile } from 'node:fs/promises';
import { asObject } from '../policy/json.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { FieldReader, RemediationFileError } from './reading.ts';

/** What a journal tells; `started` without an end is what nobody knows the outcome of. */
export const journalEvents = [
  'opened', // the backup is whole
  'started',
  'done',
  'refused', // by the server: nothing was changed
  'lost', // the connection, before an answer came
  'settled', // a target is as it should be
  'stopped',
  'finished',
  'undo-started',
  'undone',
  'undo-refused',
  'undo-lost',
] as const;

export type JournalEvent = (typeof journalEvents)[number];

export interface JournalRecord {
  /** RFC 3339. */
  readonly time: string;
  readonly event: JournalEvent;
  /** Index of the target in the plan, and of the change in the target. */
  readonly target?: number;
  readonly change?: number;
  readonly user?: string;
  readonly reason?: string;
  /** Of the object's spec after the change. */
  readonly afterSha256?: string;
  /** Of an object that was made. */
  readonly uid?: string;
}

/** The records of one case, each on disk before anything goes on. */
export interface Journal {
  readonly records: readonly JournalRecord[];
  /** @throws where another process has written to it meanwhile */
  append(record: Omit<JournalRecord, 'time'>): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a journal, which is made where there is none. A last line without an end is of a process that was killed while it
 * wrote, and counts as not written.
 */
export async function openJournal(path: string, now: () => number): Promise<Journal> {
  const file = await open(path, 'a', 0o600);
  try {
    const bytes = await readFile(path);
    const records = readRecords(bytes.toString(), path);
    return new OpenJournal(file, path, records, bytes.length, now);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** @throws {RemediationFileError} for a line that is no record */
export function readRecords(text: string, path: string): JournalRecord[] {
  const lines = text.split('\n');
  // What stands after the last line break is not whole.
  lines.pop();
  return lines.flatMap((line, index) => {
    if (line === '') return [];
    const where = `${path}:${index + 1}`;
    const value = parseLine(line, where);
    // A line that was cut, and gone on after: the next process ended it with a line break.
    return value === undefined ? [] : [readRecord(value, where)];
  });
}

function parseLine(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    if (!line.startsWith('{')) throw new RemediationFileError(`${where}: ${reasonOf(cause)}`, { cause });
    return undefined;
  }
}

function readRecord(value: unknown, where: string): JournalRecord {
  const reader = new FieldReader(value, where);
  const fields = asObject(value);
  const index = (name: string) => (reader.has(name) ? { [name]: reader.integer(name) } : {});
  const text = (name: string) => (typeof fields[name] === 'string' ? { [name]: fields[name] } : {});
  return {
    time: reader.time('time'),
    event: reader.oneOf('event', journalEvents),
    ...index('target'),
    ...index('change'),
    ...text('user'),
    ...text('reason'),
    ...text('afterSha256'),
    ...text('uid'),
  };
}

class OpenJournal implements Journal {
  readonly records: JournalRecord[];
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #now: () => number;
  /** Bytes that this process has seen or written. */
  #size: number;
  #endsInLine: boolean;

  constructor(file: FileHandle, path: string, records: JournalRecord[], size: number, now: () => number) {
    this.#file = file;
    this.#path = path;
    this.records = records;
    this.#size = size;
    this.#now = now;
    this.#endsInLine = size > 0;
  }

  async append(record: Omit<JournalRecord, 'time'>): Promise<void> {
    const { size } = await this.#file.stat();
    if (size !== this.#size) {
      throw new Error(`${this.#path}: another process works on this case; this one stops`);
    }
    const whole: JournalRecord = { time: new Date(this.#now()).toISOString(), ...record };
    // The first line break ends what a killed process may have left.
    const line = Buffer.from(`${this.#endsInLine ? '\n' : ''}${JSON.stringify(whole)}\n`);
    this.#endsInLine = false;
    await this.#file.appendFile(line);
    await this.#file.sync();
    this.#size += line.length;
    this.records.push(whole);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** How far a change has come. */
export interface ChangeState {
  readonly state: 'untouched' | 'uncertain' | 'done' | 'undo-uncertain' | 'undone';
  readonly afterSha256?: string | undefined;
  readonly uid?: string | undefined;
}

export function stateOf(records: readonly JournalRecord[], target: number, change: number): ChangeState {
  let state: ChangeState = { state: 'untouched' };
  for (const record of records) {
    if (record.target !== target || record.change !== change) continue;
    const { afterSha256 = state.afterSha256, uid = state.uid } = record;
    const next = nextState(record.event, state.state);
    state = { state: next, afterSha256, uid };
  }
  return state;
}

function nextState(event: JournalEvent, before: ChangeState['state']): ChangeState['state'] {
  switch (event) {
    case 'started':
    case 'lost':
      return 'uncertain';
    case 'done':
    case 'undo-refused':
      return 'done';
    case 'refused':
      return 'untouched';
    case 'undo-started':
    case 'undo-lost':
      return 'undo-uncertain';
    case 'undone':
      return 'undone';
    case 'opened':
    case 'settled':
    case 'stopped':
    case 'finished':
      return before;
  }
}

export function isFinished(records: readonly JournalRecord[]): boolean {
  return records.some(({ event }) => event === 'finished');
}
