export interface WakeUpsOptions {
  /** Called once at a time. @returns milliseconds until it is called again though nobody asked; Infinity where never */
  readonly work: () => Promise<number>;
  /** Told what `work` threw; it is called again after a while that grows. */
  readonly onError: (error: unknown) => void;
}

export interface WakeUps {
  /** Asks for the work; while it is done, for another time. */
  readonly wake: () => void;
  /** Resolves when nothing is being done. */
  readonly idle: () => Promise<void>;
  readonly stop: () => void;
}

/** The work looks at clocks that may be set: it is done at least so often. */
const longestSleepMs = 5_000;
const firstRetryMs = 1_000;

/** Does a work whenever it is asked for, and when its time has come. */
export function startWakeUps({ work, onError }: WakeUpsOptions): WakeUps {
  const state = { asked: false, working: false, stopped: false, failures: 0 };
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const wake = (): void => {
    if (state.stopped) return;
    state.asked = true;
    if (!state.working) running = run();
  };
  const run = async (): Promise<void> => {
    state.working = true;
    clearTimeout(timer);
    let sleepMs = longestSleepMs;
    // The changes of one moment are one change.
    await Promise.resolve();
    while (state.asked && !state.stopped) {
      state.asked = false;
      sleepMs = await sleepAfter();
    }
    state.working = false;
    if (!state.stopped) timer = setTimeout(wake, sleepMs).unref();
  };
  const sleepAfter = async (): Promise<number> => {
    try {
      const ms = await work();
      state.failures = 0;
      return Math.min(Math.max(ms, 0), longestSleepMs);
    } catch (error) {
      if (state.stopped) return longestSleepMs;
      onError(error);
      state.failures += 1;
      return Math.min(firstRetryMs * 2 ** (state.failures - 1), longestSleepMs);
    }
  };
  return {
    wake,
    idle: () => running,
    stop: () => {
      state.stopped = true;
      clearTimeout(timer);
    },
  };
}
