import type { ApiClient } from '../cluster/api.ts';
import type { Wait } from '../cluster/pace.ts';
import type { ClusterIdentity } from './session.ts';

/** What a remediation acts with. */
export interface Operation {
  readonly client: ApiClient;
  readonly identity: ClusterIdentity;
  /** Aborted at a signal to stop: the step that is under way is ended, and no other begun. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch, by the clock of the API server. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs: () => number;
  readonly wait: Wait;
  /** One line for the person who watches; foreign words in it are not made plain. */
  readonly tell: (line: string) => void;
}
