import type { IncomingMessage } from 'node:http';

/** The answer is larger than what is read of it. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** The answer began, and the connection broke before its end. */
export class BrokenOff extends Error {
  override readonly name = 'BrokenOff';
}

/**
 * The bytes of an answer.
 * @throws {TooLarge} where there are more than `maxBytes`
 * @throws {BrokenOff} where its end never came
 */
export async function readBody(response: AsyncIterable<unknown>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) continue;
      size += chunk.length;
      if (size > maxBytes) throw new TooLarge(`more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof TooLarge) throw cause;
    throw new BrokenOff(`it broke off after ${size} bytes`, { cause });
  }
  return Buffer.concat(chunks, size);
}

/**
 * The lines of an answer that never ends, each list as soon as its bytes have come; the last one must end too.
 * @throws {TooLarge} where a line has more than `maxBytes`
 */
export async function* readLines(response: IncomingMessage, maxBytes: number): AsyncGenerator<readonly Buffer[]> {
  let begun: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      lines.push(Buffer.concat([...begun, chunk.subarray(from, end)]));
      begun = [];
      size = 0;
      from = end + 1;
    }
    const rest = chunk.subarray(from);
    if (rest.length > 0) begun.push(rest);
    size += rest.length;
    if (size > maxBytes) throw new TooLarge(`a line of more than ${maxBytes} bytes`);
    yield lines;
  }
  if (size > 0) throw new Error('it ended within a line');
}
