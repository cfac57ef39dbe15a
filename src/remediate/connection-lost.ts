import { ApiError } from '../cluster/api.ts';

/** Whether nobody knows what became of a request: no answer came, or none that can be read. */
export function isOfConnection(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return ['unreachable', 'broken-off', 'timeout', 'cancelled', 'not-understood'].includes(error.code);
}

/** Whether a change may have been made all the same: a server that fails may have stored it before. */
export function isOutcomeUnknown(error: ApiError): boolean {
  return isOfConnection(error) || (error.code === 'server-error' && !isOfSeveralBudgets(error));
}

/** Source: k8s.io/kubernetes pkg/registry/core/pod/storage/eviction.go (a pod in several budgets is an internal error). */
export function isOfSeveralBudgets({ status, message }: ApiError): boolean {
  return status === 500 && /more than one PodDisruptionBudget/i.test(message);
}
