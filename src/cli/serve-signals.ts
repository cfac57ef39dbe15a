import type { CommandIo } from './io.ts';

export interface Stopped {
  /** The first signal. */
  readonly first: Promise<string>;
  /** Resolves after so many milliseconds, or at a second signal: who asks twice does not want to wait. */
  readonly wait: (ms: number) => Promise<void>;
}

export function firstSignal(io: CommandIo): Stopped {
  const { promise: first, resolve: resolveFirst } = Promise.withResolvers<string>();
  const { promise: second, resolve: resolveSecond } = Promise.withResolvers<undefined>();
  let signals = 0;
  io.onSignal((signal) => {
    signals += 1;
    if (signals === 1) resolveFirst(signal);
    else resolveSecond(undefined);
  });
  const elapsed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
  return { first, wait: (ms) => Promise.race([elapsed(ms), second]) };
}

/** Calls `work` every so many milliseconds until the returned function is called. */
export function every(ms: number, work: () => void): () => void {
  const timer = setInterval(work, ms).unref();
  return () => clearInterval(timer);
}
