import sonicBoom from 'sonic-boom';

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
  /** @param lines - whole ones, each with its end */
  readonly write: (lines: string) => void;
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
  const isOn = (at: LogLevel): boolean => logLevels.indexOf(at) >= logLevels.indexOf(level);
  const tellsInfo = isOn('info');
  let later: LaterLine[] = [];
  let timer: NodeJS.Timeout | undefined;
  // One after the other they cost a third: between two reviews all that makes a line has left the processor's caches. And
  // one write for many costs no more than for one.
  const makeLater = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const lines = later;
    later = [];
    let text = '';
    for (const { atMs, fields, message } of lines) text += madeLine(atMs, fields, message);
    if (text !== '') destination.write(text);
  };
  const inTurn = (at: LogLevel): Log['info'] => {
    if (!isOn(at)) return () => undefined;
    return (fields, message) => {
      makeLater();
      destination.write(lineOf(at, now(), fields, message));
    };
  };
  return {
    debug: inTurn('debug'),
    info: inTurn('info'),
    warn: inTurn('warn'),
    error: inTurn('error'),
    later: (fields, message) => {
      if (!tellsInfo) return;
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

function madeLine(atMs: number, fields: () => LogFields, message: string): string {
  try {
    return lineOf('info', atMs, fields(), message);
  } catch (error) {
    const told = { line: message, error: describeError(error) };
    return lineOf('error', atMs, told, 'a log line could not be made');
  }
}

function lineOf(level: LogLevel, atMs: number, fields: LogFields, msg: string): string {
  return `${JSON.stringify({ level, time: new Date(atMs).toISOString(), ...fields, msg })}\n`;
}

/** Most bytes that wait for a slow reader of the log; lines past them are dropped, so that decisions never wait. */
const maxWaitingBytes = 8 * 1024 * 1024;

/**
 * An open file that is written without blocking.
 * @param fd - 1 for standard output
 * @param onDropped - told of each line that found no room, and of each that could not be written
 */
export function asyncDestination(fd: number, onDropped: (lines: number) => void): LogDestination {
  const stream = new sonicBoom.SonicBoom({
    fd,
    sync: false,
    maxLength: maxWaitingBytes,
    // A write of its own for each line would cost as much as the decision that it tells of.
    minLength: 4_096,
    periodicFlush: 200,
  });
  stream.on('drop', (lines: string) => onDropped(lines.split('\n').length - 1));
  // A reader that went away (EPIPE) must not take admission with it.
  stream.on('error', () => onDropped(1));
  return {
    write: (lines) => void stream.write(lines),
    // Not flushSync: where nobody reads any more it tries again for ever, and the process would never end.
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
