import type { IncomingMessage } from 'node:http';

/** `too-large`: past the limit of one body; `busy`: past that of all bodies together. */
export type BodyRefusal = 'too-large' | 'busy';

/** What ends the reading of a body. */
export interface BodyReader {
  /** @param body - to be read at once, and free to write to: what it stands in is used again */
  readonly onBody: (body: Buffer) => void;
  readonly onRefusal: (refusal: BodyRefusal) => void;
}

/** The bytes of all bodies that are being read, which together have a bound. */
export interface BodyBudget {
  bytes: number;
  readonly maxBytes: number;
}

/**
 * Reads a body of at most `limit` bytes and calls one of the reader's functions once, or none where the sender goes away.
 * A body that says its length is refused unread. What comes after a refusal is dropped.
 * @returns releases what the body takes of the budget; to be called when the exchange is over, however it ended
 */
export function readBody(request: IncomingMessage, limit: number, budget: BodyBudget, reader: BodyReader): () => void {
  const declared = request.headers['content-length'];
  if (declared !== undefined && Number(declared) > limit) {
    dropRest(request);
    reader.onRefusal('too-large');
    return () => undefined;
  }
  let chunks: Buffer[] = [];
  let size = 0;
  let done = false;
  const release = (): void => {
    done = true;
    budget.bytes -= size;
    size = 0;
    chunks = [];
  };
  request.on('data', (chunk: Buffer) => {
    if (done) return;
    size += chunk.length;
    budget.bytes += chunk.length;
    if (size > limit || budget.bytes > budget.maxBytes) {
      const refusal = size > limit ? 'too-large' : 'busy';
      release();
      dropRest(request);
      reader.onRefusal(refusal);
    } else chunks.push(chunk);
  });
  request.on('end', () => {
    if (done) return;
    const body = joined(chunks, size);
    release();
    reader.onBody(body);
  });
  return release;
}

/** What an honest sender may have under way when he is refused is less: objects of etcd are at most 1.5 MiB. */
const mostDroppedBytes = 16 * 1024 * 1024;

/**
 * Drops what a sender goes on sending whom nobody listens to, so that he gets to read the answer; the connection of one who
 * sends without end is cut.
 */
export function dropRest(request: IncomingMessage): void {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostDroppedBytes) request.destroy();
  });
}

/**
 * Bodies of several pieces are put together here, since each is read before the next is: a buffer of its own for each would
 * wait for the garbage collector, 4 MB of a busy server.
 */
const workspace = Buffer.allocUnsafeSlow(512 * 1024);

function joined(chunks: readonly Buffer[], size: number): Buffer {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first;
  if (size > workspace.length) return Buffer.concat(chunks, size);
  let end = 0;
  for (const chunk of chunks) {
    workspace.set(chunk, end);
    end += chunk.length;
  }
  return workspace.subarray(0, size);
}
