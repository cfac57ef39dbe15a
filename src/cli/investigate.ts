import { createReadStream } from 'node:fs';
import type { AuditFindings } from '../investigate/audit-log.ts';
import { readAuditLogs } from '../investigate/audit-log.ts';
import { readFalcoEvents } from '../investigate/falco-events.ts';
import type { InvestigationFormat } from '../investigate/format-names.ts';
import { formatInvestigations } from '../investigate/formats.ts';
import { investigate } from '../investigate/investigate.ts';
import type { Investigation } from '../investigate/investigation.ts';
import type { Subject } from '../investigate/subject.ts';
import { readSubject } from '../investigate/subject.ts';
import { UnknownSubject } from '../investigate/unknown-subject.ts';
import { manifestEncoding } from '../manifest/bytes.ts';
import { shellWord } from '../report/shell-word.ts';
import { plainLine, wantsColour } from '../report/terminal.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { flagsOf } from './connection-options.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { loadPolicy } from './load-policy.ts';
import { readBounded, TooLarge } from './read-bounded.ts';
import { readingCluster } from './reading-cluster.ts';
import { replaceFile } from './replace-file.ts';
import { UsageError } from './usage-error.ts';

/** A file that an investigation goes to, and its format. */
export interface InvestigationFile {
  readonly format: InvestigationFormat;
  readonly file: string;
}

export interface InvestigateCommandOptions extends ConnectionOptions {
  readonly namespace?: string | undefined;
  /** File of Falco events, or `-`. */
  readonly event?: string | undefined;
  /** Files, directories or `-`. */
  readonly auditLogs: readonly string[];
  /** Policy file; the built-in policy where it is absent. */
  readonly policy?: string | undefined;
  readonly output: InvestigationFormat;
  readonly out: readonly InvestigationFile[];
  readonly allowPartial: boolean;
}

/** Pages of one run: an event file may have any number of events. */
const maxSubjects = 20;

/** Bytes of an event file, which is held whole: of one list no event can be told before its end. */
const maxEventBytes = 64 * 1024 * 1024;

/** `seawall investigate`: says what there is to know of one thing, and changes nothing. */
export async function investigateCommand(
  words: readonly string[],
  options: InvestigateCommandOptions,
  io: CommandIo,
): Promise<number> {
  checkUsage(words, options);
  const policy = await loadPolicy(options.policy);
  const events = options.event === undefined ? undefined : await eventSubjects(options.event, io);
  return readingCluster(options, io, async ({ client, list, source, namespace }) => {
    const subjects = events ?? [subjectOf(words, options.namespace ?? (await namespace()))];
    try {
      const found = await investigate(client, subjects, {
        policy,
        nowMs: io.now(),
        cluster: source,
        flags: flagsOf(options),
        list,
        auditLog: options.auditLogs.length === 0 ? undefined : (isWanted) => readLogs(options.auditLogs, isWanted, io),
      });
      await write(found, options, io);
      const isPartial = found.some(({ unseen, did }) => unseen.length > 0 || (did.log?.problems.length ?? 0) > 0);
      return isPartial && !options.allowPartial ? exitCodes.partial : exitCodes.ok;
    } catch (error) {
      if (error instanceof UnknownSubject) throw new UsageError(error.message, { cause: error });
      throw error;
    }
  });
}

function checkUsage(words: readonly string[], { event, auditLogs }: InvestigateCommandOptions): void {
  if (event === undefined && words.length === 0) {
    throw new UsageError('name what to investigate: pod/NAME, deploy/NAME, node/NAME, image/NAME, or --event FILE');
  }
  if (event !== undefined && words.length > 0) throw new UsageError('--event goes with no other subject');
  if (words.length > 2) throw new UsageError('one subject at a time: pod/NAME, or pod NAME');
  if (event === '-' && auditLogs.includes('-')) throw new UsageError('standard input is either --event or --audit-log');
}

function subjectOf(words: readonly string[], namespace: string): Subject {
  try {
    return readSubject(words, namespace);
  } catch (error) {
    if (error instanceof UnknownSubject) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** @throws where the file cannot be read, or holds no event */
async function eventSubjects(file: string, io: CommandIo): Promise<Subject[]> {
  const name = file === '-' ? '<stdin>' : file;
  let text: string;
  try {
    const chunks: AsyncIterable<Uint8Array> = file === '-' ? io.stdinChunks() : createReadStream(file);
    const bytes = await readBounded(chunks, maxEventBytes);
    // PowerShell and editors put a byte order mark in front, of UTF-16 too.
    text = new TextDecoder(manifestEncoding(bytes)).decode(bytes);
  } catch (cause) {
    if (cause instanceof TooLarge) {
      const last = `tail -n ${maxSubjects}${file === '-' ? '' : ` ${shellWord(file)}`} | seawall investigate --event -`;
      throw new Error(`${name}: ${cause.message}; give its last lines: ${last}`, { cause });
    }
    throw new Error(`${file}: the events cannot be read: ${reasonOf(cause)}`, { cause });
  }
  const { events, repeated, unread, problems } = readFalcoEvents(text);
  for (const { line, problem } of problems)
    io.stderr(`${plainLine(`${name}:${line}: no event of Falco: ${problem}`)}\n`);
  if (unread > problems.length)
    io.stderr(`${unread - problems.length} more parts of ${plainLine(name)} are no events\n`);
  if (repeated > 0) io.stderr(`${repeated} events were delivered again, and are told once\n`);
  if (events.length === 0) {
    throw new Error(`${name}: it has no event of Falco; give the JSON that Falco writes with json_output: true`);
  }
  if (events.length > maxSubjects) io.stderr(`the first ${maxSubjects} of ${events.length} events are told\n`);
  return events.slice(0, maxSubjects).map((event) => ({ type: 'event', event }));
}

async function readLogs(
  paths: readonly string[],
  isWanted: Parameters<typeof readAuditLogs>[2],
  io: CommandIo,
): Promise<AuditFindings> {
  const found = await readAuditLogs(paths, io.stdinChunks, isWanted);
  for (const problem of found.problems) io.stderr(`${plainLine(problem)}\n`);
  return found;
}

/** @throws naming each file that could not be written; the others and standard output are written all the same */
async function write(
  found: readonly Investigation[],
  { output, out }: InvestigateCommandOptions,
  io: CommandIo,
): Promise<void> {
  const failures: string[] = [];
  for (const { format, file } of out) {
    try {
      // A command line on a page may hold a password.
      await replaceFile(file, [await formatInvestigations(found, format, { colour: false })], 0o600);
    } catch (error) {
      failures.push(`${file}: it cannot be written: ${reasonOf(error)}`);
    }
  }
  io.stdout(await formatInvestigations(found, output, { colour: wantsColour(io.isTty.stdout, io.env) }));
  if (failures.length > 0) throw new Error(failures.join('\n'));
}
