/** A bound of time that ends early where the caller no longer wants the answer. */
export interface Deadline {
  /** Aborted when it has passed. */
  readonly signal: AbortSignal;
  /** Why it has passed; undefined while it has not. */
  readonly passed: () => 'timeout' | 'cancelled' | undefined;
  /** Milliseconds that it counts. */
  readonly ms: () => number;
  /** Counts anew from now. */
  readonly restart: (ms: number) => void;
  readonly cancel: () => void;
  /** To be called when it is no longer needed: a timer would keep the process alive. */
  readonly end: () => void;
}

export function startDeadline(ms: number, caller: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let passed: 'timeout' | 'cancelled' | undefined;
  const pass = (why: 'timeout' | 'cancelled') => (): void => {
    passed ??= why;
    controller.abort();
  };
  const cancel = pass('cancelled');
  let countedMs = ms;
  let timer = setTimeout(pass('timeout'), ms);
  caller?.addEventListener('abort', cancel, { once: true });
  if (caller?.aborted === true) cancel();
  return {
    signal: controller.signal,
    passed: () => passed,
    ms: () => countedMs,
    restart: (anewMs) => {
      clearTimeout(timer);
      countedMs = anewMs;
      timer = setTimeout(pass('timeout'), anewMs);
    },
    cancel,
    end: () => {
      clearTimeout(timer);
      caller?.removeEventListener('abort', cancel);
    },
  };
}
