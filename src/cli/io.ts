/** Everything a command may touch of the process it runs in; main.ts makes the real one, tests make their own. */
export interface CommandIo {
  /** Writes to standard output, which carries one document and nothing else. */
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly stdin: () => Promise<Uint8Array>;
  /** Asks the person at the terminal for one line; absent where there is none to ask. */
  readonly ask?: (question: string) => Promise<string>;
  /** Standard input as it comes, for what may be larger than memory. */
  readonly stdinChunks: () => AsyncIterable<Uint8Array>;
  readonly isTty: { readonly stdout: boolean; readonly stderr: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `handler` at SIGTERM and SIGINT instead of ending the process. */
  readonly onSignal: (handler: (signal: string) => void) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Exit codes of every command. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, findings: 3, partial: 4 } as const;
