import { pino } from 'pino';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one line of JSON per call; texts from outside must have been made plain and short before. */
export interface Log {
  readonly debug: (fields: LogFields, message: string) => void;
  readonly info: (fields: LogFields, message: string) => void;
  readonly warn: (fields: LogFields, message: string) => void;
  readonly error: (fields: LogFields, message: string) => void;
  /**
   * An `info` line of now that is made with others, at most `laterMs` from now and before any line that is logged after it.
   * What makes its fields is held until then.
   */
  readonly later: (fields: () => LogFields, message: string) => void;
  /** Resolves when all that was logged is written; to be awaited before the process ends. */
  readonly flush: () => Promise<void>;
}

/** Where lines go. */
export interface LogDestination {
  readonly write: (line: string) => void;
  readonly flush: () => Promise<void>;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly destination: LogDestination;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** How long a line may wait to be made, and how many may. */
const laterMs = 50;
const maxLater = 64;

/** A line that is still to be made. */
interface LaterLine {
  readonly atMs: number;
  readonly fields: () => LogFields;
  readonly message: string;
}

/** Makes a log. */
export function openLog({ level, destination, now }: LogOptions): Log {
  let later: LaterLine[] = [];
  let timer: NodeJS.Timeout | undefined;
  let lineMs: number | undefined;
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(lineMs ?? now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // Errors come as fields that describeError chose, never whole: their own properties may hold anything.
      serializers: {},
    },
    destination,
  );
  const makeLater = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const lines = later;
    later = [];
    for (const { atMs, fields, message } of lines) {
      lineMs = atMs;
      try {
        logger.info(fields(), message);
      } catch (error) {
        logger.error({ line: message, error: describeError(error) }, 'a log line could not be made');
      }
    }
    lineMs = undefined;
  };
  const inTurn =
    (at: LogLevel) =>
    (fields: LogFields, message: string): void => {
      if (later.length > 0) makeLater();
      logger[at](fields, message);
    };
  return {
    debug: inTurn('debug'),
    info: inTurn('info'),
    warn: inTurn('warn'),
    error: inTurn('error'),
    // One after the other they cost a quarter: between two reviews everything that makes a line has left the processor's caches.
    later: (fields, message) => {
      if (!logger.isLevelEnabled('info')) return;
      later.push({ atMs: now(), fields, message });
      if (later.length >= maxLater) makeLater();
      else timer ??= setTimeout(makeLater, laterMs).unref();
    },
    flush: () => {
      makeLater();
      return destination.flush();
    },
  };
}

/** Most bytes that wait for a slow reader of the log; lines past them are dropped, so that decisions never wait. */
const maxWaitingBytes = 8 * 1024 * 1024;

/**
 * An open file that is written without blocking.
 * @param fd - 1 for standard output
 * @param onDropped - told of each line that found no room, and of each that could not be written
 */
export function asyncDestination(fd: number, onDropped: () => void): LogDestination {
  const stream = pino.destination({
    fd,
    sync: false,
    maxLength: maxWaitingBytes,
    // A write of its own for each line would cost as much as the decision that it tells of.
    minLength: 4_096,
    periodicFlush: 200,
  });
  stream.on('drop', onDropped);
  // A reader that went away (EPIPE) must not take admission with it.
  stream.on('error', onDropped);
  return {
    write: (line) => void stream.write(line),
    flush: () => new Promise((resolve) => stream.flush(() => resolve())),
  };
}

/** What a log line says of an error: its name, code, message and place, each bounded. */
export function describeError(error: unknown): LogFields {
  if (!isError(error)) return { name: 'unknown', message: 'something that is not an error was thrown' };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return {
    name: error.name,
    ...code,
    message: error.message.slice(0, 500),
    stack: (error.stack ?? '').slice(0, 2_000),
    ...(isError(error.cause) ? { cause: error.cause.message.slice(0, 500) } : {}),
  };
}

/** By its shape: an error of another realm is no instance of this one's Error. */
function isError(thrown: unknown): thrown is Error {
  if (typeof thrown !== 'object' || thrown === null) return false;
  return (
    'name' in thrown && typeof thrown.name === 'string' && 'message' in thrown && typeof thrown.message === 'string'
  );
}
