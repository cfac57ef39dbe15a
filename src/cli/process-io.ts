import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import type { CommandIo } from './io.ts';

/** The commands' view of a real process. */
export function processIo(host: NodeJS.Process): CommandIo {
  return {
    stdout: (text) => void host.stdout.write(text),
    stderr: (text) => void host.stderr.write(text),
    stdin: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of host.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
      return Buffer.concat(chunks);
    },
    stdinChunks: () => host.stdin as AsyncIterable<Uint8Array>,
    ...(host.stdin.isTTY && host.stderr.isTTY && { ask: (question: string) => ask(host, question) }),
    isTty: { stdout: host.stdout.isTTY, stderr: host.stderr.isTTY },
    env: host.env,
    onSignal: (handler) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) host.on(signal, () => handler(signal));
    },
    now: () => Date.now(),
  };
}

async function ask(host: NodeJS.Process, question: string): Promise<string> {
  const lines = createInterface({ input: host.stdin, output: host.stderr });
  const leaving = new AbortController();
  // Ctrl-C and Ctrl-D are an answer: nothing is what was asked for.
  for (const event of ['SIGINT', 'close']) lines.once(event, () => leaving.abort());
  try {
    return await lines.question(question, { signal: leaving.signal });
  } catch (error) {
    if (leaving.signal.aborted) return '';
    throw error;
  } finally {
    lines.close();
  }
}

/** The version in package.json. */
export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const found =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : undefined;
  return typeof found === 'string' ? found : 'unknown';
}
