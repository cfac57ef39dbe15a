import type { FalcoEvent } from './falco-event.ts';
import { isFalcoEvent, readFalcoEvent } from './falco-event.ts';

/** What a text holds of events. */
export interface FalcoEvents {
  /** Each event once, in the order of the text. */
  readonly events: readonly FalcoEvent[];
  /** Deliveries of an event that was there already. */
  readonly repeated: number;
  /** How many parts of the text are none, and the first of them with their lines. */
  readonly unread: number;
  readonly problems: readonly { readonly line: number; readonly problem: string }[];
}

const toldProblems = 5;

/**
 * The events of a text: one JSON document (an event, or a list of them), or JSON lines. A line that is none is counted and
 * told: Falco's own log has lines of words between its events.
 */
export function readFalcoEvents(text: string): FalcoEvents {
  const found = new Found();
  const whole = parsed(text);
  if (whole !== undefined) {
    for (const value of Array.isArray(whole.value) ? (whole.value as readonly unknown[]) : [whole.value]) {
      found.add(value, 1);
    }
    return found.result();
  }
  let line = 0;
  for (const written of text.split('\n')) {
    line += 1;
    if (written.trim() === '') continue;
    const value = parsed(written);
    if (value === undefined) found.miss(line, 'it is no JSON');
    else found.add(value.value, line);
  }
  return found.result();
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

class Found {
  readonly #events = new Map<string, FalcoEvent>();
  readonly #problems: { line: number; problem: string }[] = [];
  #repeated = 0;
  #unread = 0;

  add(value: unknown, line: number): void {
    const read = readFalcoEvent(value);
    if (!isFalcoEvent(read)) this.miss(line, read.problem);
    else if (this.#events.has(read.fingerprint)) this.#repeated += 1;
    else this.#events.set(read.fingerprint, read);
  }

  miss(line: number, problem: string): void {
    this.#unread += 1;
    if (this.#problems.length < toldProblems) this.#problems.push({ line, problem });
  }

  result(): FalcoEvents {
    return {
      events: [...this.#events.values()],
      repeated: this.#repeated,
      unread: this.#unread,
      problems: this.#problems,
    };
  }
}
