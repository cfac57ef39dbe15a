import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { GoProgram } from '../support/go-program.ts';
import { findGoProgram } from '../support/go-program.ts';

/** What kubectl reads from a text: a value, or an error where it would stop. */
export type GoEntry = { readonly value: unknown } | { readonly error: string };

/** A running reader; texts are answered in the order they are given. */
export interface GoReader {
  read(text: string | Uint8Array): Promise<readonly GoEntry[]>;
  close(): void;
}

/** The reader, built from its source; throws where CI must not go without it. */
export function findGoReader(): GoProgram {
  return findGoProgram(join(import.meta.dirname, '..', 'go-reader'));
}

export function startGoReader(path: string): GoReader {
  const child = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: ((line: string) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  return {
    read: async (text) => {
      const answer = new Promise<string>((resolve) => waiting.push(resolve));
      child.stdin.write(`${Buffer.from(text).toString('base64')}\n`);
      return JSON.parse(await answer) as GoEntry[];
    },
    close: () => child.stdin.end(),
  };
}
