import { Readable } from 'node:stream';
import type { CommandIo } from '../../src/cli/io.ts';
import { run } from '../../src/cli/program.ts';

/** What a command printed and returned. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandInput {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly tty?: boolean;
  readonly nowMs?: number;
}

/** The outside of a command that runs in this process, and what it has printed. */
export function commandIo(input: CommandInput = {}): { io: CommandIo; printed: () => Omit<CommandResult, 'code'> } {
  const out: string[] = [];
  const err: string[] = [];
  const io: CommandIo = {
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    stdin: () => Promise.resolve(Buffer.from(input.stdin ?? '')),
    stdinChunks: () => Readable.from([Buffer.from(input.stdin ?? '')]) as AsyncIterable<Uint8Array>,
    isTty: { stdout: input.tty ?? false, stderr: input.tty ?? false },
    env: input.env ?? {},
    onSignal: () => undefined,
    now: () => input.nowMs ?? Date.UTC(2026, 10, 24),
  };
  return { io, printed: () => ({ stdout: out.join(''), stderr: err.join('') }) };
}

/** Runs a command line in this process, as main.ts does in its own. */
export async function runCommand(argv: readonly string[], input: CommandInput = {}): Promise<CommandResult> {
  const { io, printed } = commandIo(input);
  const code = await run(argv, '0.0.0-test', io);
  return { code, ...printed() };
}
