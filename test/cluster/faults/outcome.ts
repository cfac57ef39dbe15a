import type { ApiResponse } from '../harness/api-request.ts';

/** What became of one creation of a pod. */
export type Outcome =
  | 'admitted'
  /** Admitted as it came: the webhook that repairs fails open, and was not reached. */
  | 'unrepaired'
  /** By Seawall's word. */
  | 'refused'
  /** The API server had the request, and no answer of Seawall to it. */
  | 'webhook-failed'
  /** The API server was not there, was late, or could not do its own part. */
  | 'server-failed';

export interface Verdict {
  readonly outcome: Outcome;
  /** What the API server said; empty where it admitted the pod. */
  readonly message: string;
}

/** Reads the answer to the creation of a pod of which the policy wants nothing but NET_RAW dropped, or of a bad one. */
export function outcomeOf({ status, body }: Pick<ApiResponse, 'status' | 'body'>): Verdict {
  if (status === 201) return { outcome: isRepaired(body) ? 'admitted' : 'unrepaired', message: '' };
  const message = typeof body === 'string' ? body : ((body as { readonly message?: string }).message ?? '');
  // The sentences are the API server's: k8s.io/apiserver pkg/admission/plugin/webhook/errors, webhook/generic, and plugin/policy/validating.
  if (/denied (?:the )?request: Seawall refuses/.test(message)) return { outcome: 'refused', message };
  if (message.includes('failed calling webhook')) return { outcome: 'webhook-failed', message };
  return { outcome: 'server-failed', message: `HTTP ${status} ${message}` };
}

interface CreatedPod {
  readonly spec: {
    readonly containers: readonly {
      readonly securityContext?: { readonly capabilities?: { readonly drop?: readonly string[] } };
    }[];
  };
}

function isRepaired(body: unknown): boolean {
  const { containers } = (body as CreatedPod).spec;
  return containers.every(({ securityContext }) => securityContext?.capabilities?.drop?.includes('NET_RAW') === true);
}
