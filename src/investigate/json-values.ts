/*
 * Cuts a stream of bytes into the JSON values of an audit log, without ever holding more than one of them: JSON lines, as
 * the API server writes them, or what kubectl, jq and web consoles make of them: a list with `items`, an array, values over
 * many lines.
 */

/** Longest value that is read; the API server's own objects are smaller than 3 MiB, and an event may hold two. */
export const maxValueBytes = 16 * 1024 * 1024;

export interface ValueSink {
  /** Given the text of each value, whether or not it is JSON. */
  readonly value: (text: string) => void;
  /** Told of each value that is longer than is read. */
  readonly tooLong: () => void;
}

export interface ValueCutter {
  readonly push: (chunk: Buffer) => void;
  readonly end: () => void;
}

const quote = 0x22;
const backslash = 0x5c;
const newline = 0x0a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Cuts in the way that the beginning of the stream asks for. */
export function createValueCutter(sink: ValueSink, maxBytes = maxValueBytes): ValueCutter {
  let cutter: ValueCutter | undefined;
  let begun: Buffer[] = [];
  let size = 0;
  const decide = (first: string | undefined): ValueCutter => {
    const chosen = isSpread(first) ? createTreeCutter(sink, maxBytes) : createLineCutter(sink, maxBytes);
    for (const chunk of begun) chosen.push(chunk);
    begun = [];
    cutter = chosen;
    return chosen;
  };
  return {
    push: (chunk) => {
      if (cutter !== undefined) {
        cutter.push(chunk);
        return;
      }
      // Blanks before the first value are nothing to either cutter, and may go on for megabytes.
      const rest = begun.length === 0 ? withoutBlanks(chunk) : chunk;
      if (rest.length === 0) return;
      begun.push(rest);
      size += rest.length;
      if (rest.includes(newline)) decide(firstLine(begun));
      else if (size > maxBytes) decide(undefined);
    },
    end: () => (cutter ?? decide(firstLine(begun))).end(),
  };
}

/** The bytes from the first that is no ASCII white space on. */
function withoutBlanks(chunk: Buffer): Buffer {
  const first = chunk.findIndex((byte) => byte !== 0x20 && (byte < 0x09 || byte > 0x0d));
  return first === -1 ? chunk.subarray(0, 0) : chunk.subarray(first);
}

function firstLine(chunks: readonly Buffer[]): string {
  const all = Buffer.concat(chunks);
  const end = all.indexOf(newline);
  return all.toString('latin1', 0, end === -1 ? all.length : end).trim();
}

/** Whether a value goes on after its first line; undefined is a line without an end, which only a list can be. */
function isSpread(first: string | undefined): boolean {
  if (first === undefined) return true;
  return /^[[{]/.test(first) && /[[{,]$/.test(first);
}

/** A value a line. After a broken one the next line begins anew. */
function createLineCutter({ value, tooLong }: ValueSink, maxBytes: number): ValueCutter {
  let begun: Buffer[] = [];
  let size = 0;
  const finish = (last: Buffer): void => {
    if (size + last.length > maxBytes) tooLong();
    else {
      const text = (begun.length === 0 ? last : Buffer.concat([...begun, last])).toString();
      if (text.trim() !== '') value(text);
    }
    begun = [];
    size = 0;
  };
  return {
    push: (chunk) => {
      let from = 0;
      for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
        finish(chunk.subarray(from, end));
        from = end + 1;
      }
      const rest = chunk.subarray(from);
      size += rest.length;
      // What is too long is not held, only counted.
      if (size > maxBytes) begun = [];
      else if (rest.length > 0) begun.push(rest);
    },
    end: () => {
      if (size > 0) finish(Buffer.alloc(0));
    },
  };
}

/**
 * Values by their braces: each object at the top, or, where it has an array `items` or is an array itself, each object
 * in that.
 */
function createTreeCutter({ value, tooLong }: ValueSink, maxBytes: number): ValueCutter {
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** The depth at which objects are values of their own: 0 at the top, more within a list. */
  let level = 0;
  /** The last string at depth 1, as far as it may be `items`. */
  let key = '';
  let parts: Buffer[] = [];
  let size = 0;
  /** Where in this chunk the value that is being cut goes on; -1 outside of one. */
  let from = -1;
  let within = false;

  const take = (chunk: Buffer, end: number): void => {
    size += end - from;
    if (size > maxBytes) parts = [];
    else parts.push(chunk.subarray(from, end));
    from = end;
  };
  const close = (): void => {
    if (size > maxBytes) tooLong();
    else value(Buffer.concat(parts).toString());
    drop();
  };
  const drop = (): void => {
    parts = [];
    size = 0;
    from = -1;
    within = false;
  };

  return {
    push: (chunk) => {
      if (within) from = 0;
      for (let index = 0; index < chunk.length; index += 1) {
        const byte = chunk[index] ?? 0;
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === backslash) escaped = true;
          else if (byte === quote) inString = false;
          else if (depth === 1 && key.length < 6) key += String.fromCharCode(byte);
          continue;
        }
        if (byte === quote) {
          inString = true;
          if (depth === 1) key = '';
        } else if (byte === openBrace) {
          if (depth === level && !within) {
            within = true;
            from = index;
          }
          depth += 1;
        } else if (byte === openBracket) {
          if (depth === 0) level = 1;
          else if (depth === 1 && level === 0 && key === 'items') {
            level = 2;
            drop();
          }
          depth += 1;
        } else if (byte === closeBrace || byte === closeBracket) {
          depth = Math.max(0, depth - 1);
          if (within && depth === level) {
            take(chunk, index + 1);
            close();
          }
          if (depth === 0) level = 0;
        }
      }
      if (within) take(chunk, chunk.length);
    },
    end: () => {
      // It ended within a value, which is then none.
      if (within) close();
    },
  };
}
