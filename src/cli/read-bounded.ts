/**
 * All bytes of a stream, as long as they are at most `maxBytes`.
 * @throws {TooLarge} as soon as there are more; the rest is not read
 */
export async function readBounded(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    size += chunk.length;
    if (size > maxBytes) throw new TooLarge(`it is larger than ${maxBytes / (1024 * 1024)} MiB`);
  }
  return Buffer.concat(parts);
}

export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}
