import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { JsonObject } from '../policy/finding.ts';
import { isObject } from '../policy/json.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { AuditEntry } from './audit-entry.ts';
import { auditItems, isAuditEvent, readAuditEntry } from './audit-entry.ts';
import { isDecision, readDecision } from './decision-log.ts';
import { createValueCutter } from './json-values.ts';

/** What an audit log holds of the objects that somebody wants to know about. */
export interface AuditFindings {
  /** Oldest first as they were read; of each request the last stage. */
  readonly entries: readonly AuditEntry[];
  /** Entries that were not kept, because there were too many. */
  readonly more: number;
  /** Events of the log in all. */
  readonly events: number;
  /** Lines of Seawall's own log that tell of a decision. */
  readonly decisions: number;
  /** Lines and values that are no JSON, or longer than is read. */
  readonly malformed: number;
  /** JSON that is neither. */
  readonly foreign: number;
  /** RFC 3339 of the first and the last event; '' where there is none. */
  readonly from: string;
  readonly to: string;
  readonly files: number;
  /** Files that could not be read, or not to their end. */
  readonly problems: readonly string[];
}

/** Whether an entry is about one of the objects. */
export type IsWanted = (entry: AuditEntry) => boolean;

/** One object's entries may be any number: a controller writes for ever, and whoever is refused can ask for ever. */
const maxEntries = 5_000;
const maxRefused = 1_000;

const chunkBytes = 1024 * 1024;

/** RFC 3339; anything else would say something untrue of what the log covers. */
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.]{0,12}(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Reads audit logs, and logs of `seawall serve`, as streams: files, directories (each regular file in them, by name), `-` for standard input; gzip is
 * known by its first bytes. Memory does not grow with their size.
 */
export async function readAuditLogs(
  paths: readonly string[],
  stdin: () => AsyncIterable<Uint8Array>,
  isWanted: IsWanted,
): Promise<AuditFindings> {
  const reading = new AuditReading(isWanted);
  for (const path of paths) {
    if (path === '-') await reading.read('<stdin>', stdin());
    else
      for await (const file of filesAt(path, reading))
        await reading.read(file, createReadStream(file, { highWaterMark: chunkBytes }));
  }
  return reading.result();
}

async function* filesAt(path: string, reading: AuditReading): AsyncGenerator<string> {
  try {
    if (!(await stat(path)).isDirectory()) {
      yield path;
      return;
    }
    const entries = (await readdir(path, { withFileTypes: true })).filter(
      (entry) => entry.isFile() || entry.isSymbolicLink(),
    );
    if (entries.length === 0) reading.miss(`${path}: no file is in it`);
    for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      const file = join(path, entry.name);
      if (entry.isFile() || (await isLinkToFile(file, reading))) yield file;
    }
  } catch (error) {
    reading.miss(`${path}: it cannot be read: ${reasonOf(error)}`);
  }
}

/** Folders of logs hold links to them, as /var/log/containers does; one to a folder could lead back. */
async function isLinkToFile(path: string, reading: AuditReading): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    reading.miss(`${path}: it cannot be read: ${reasonOf(error)}`);
    return false;
  }
}

class AuditReading {
  readonly #isWanted: IsWanted;
  readonly #done = new Map<string, AuditEntry>();
  readonly #refused = new Map<string, AuditEntry>();
  readonly #problems: string[] = [];
  #more = 0;
  #events = 0;
  #decisions = 0;
  #malformed = 0;
  #foreign = 0;
  #files = 0;
  #from = '';
  #to = '';

  constructor(isWanted: IsWanted) {
    this.#isWanted = isWanted;
  }

  async read(name: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const cutter = createValueCutter({
      value: (text) => this.#value(text),
      tooLong: () => {
        this.#malformed += 1;
      },
    });
    try {
      for await (const chunk of unzipped(chunks)) cutter.push(chunk);
      this.#files += 1;
    } catch (error) {
      this.miss(`${name}: it cannot be read to its end: ${reasonOf(error)}`);
    }
    cutter.end();
  }

  miss(problem: string): void {
    if (this.#problems.length < 20) this.#problems.push(problem);
  }

  result(): AuditFindings {
    return {
      entries: [...this.#done.values(), ...this.#refused.values()].toSorted((one, other) =>
        one.time < other.time ? -1 : 1,
      ),
      more: this.#more,
      events: this.#events,
      decisions: this.#decisions,
      malformed: this.#malformed,
      foreign: this.#foreign,
      from: this.#from,
      to: this.#to,
      files: this.#files,
      problems: this.#problems,
    };
  }

  #value(text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.#malformed += 1;
      return;
    }
    const items = isObject(value) ? auditItems(value) : undefined;
    for (const each of items ?? [value]) {
      if (isAuditEvent(each)) this.#event(each);
      else if (isDecision(each)) this.#decision(each);
      else this.#foreign += 1;
    }
  }

  #event(event: JsonObject): void {
    this.#events += 1;
    this.#covers(event['requestReceivedTimestamp']);
    this.#keep(readAuditEntry(event));
  }

  #decision(line: JsonObject): void {
    this.#decisions += 1;
    this.#covers(line['time']);
    this.#keep(readDecision(line));
  }

  #covers(time: unknown): void {
    if (typeof time !== 'string' || !timePattern.test(time)) return;
    if (this.#from === '' || time < this.#from) this.#from = time;
    if (time > this.#to) this.#to = time;
  }

  #keep(entry: AuditEntry | undefined): void {
    if (entry === undefined || !this.#isWanted(entry)) return;
    const key = requestOf(entry);
    const wasRefused = entry.code >= 400;
    // An exec that had begun has run, however it ended.
    if (wasRefused && this.#done.has(key)) return;
    const kept = wasRefused ? this.#refused : this.#done;
    if (kept.has(key) || kept.size < (wasRefused ? maxRefused : maxEntries)) kept.set(key, entry);
    else this.#more += 1;
  }
}

/** What the stages of one request have in common. Its id alone does not tell: a client may send one of its own, again and again. */
function requestOf({ id, time, verb, subresource, namespace, name, user }: AuditEntry): string {
  return JSON.stringify([id, time, verb, subresource, namespace, name, user]);
}

/** The bytes, unpacked where they begin as gzip does. */
async function* unzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const all = rest(head, iterator);
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* all;
    return;
  }
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  // What breaks on the way is thrown by the loop below.
  pipeline(Readable.from(all), gunzip, () => undefined);
  for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk;
}

async function* rest(head: Buffer, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer> {
  yield head;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    const { value } = next;
    yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
}
