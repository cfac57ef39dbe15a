import { ApiError } from '../cluster/api.ts';

/** Whether nobody knows what became of a request: no answer came, or none that can be read. */
export function isOfConnection(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false;
  return ['unreachable', 'timeout', 'cancelled', 'not-understood'].includes(error.code);
}
