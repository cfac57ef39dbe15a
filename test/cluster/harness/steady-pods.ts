import { setTimeout as delay } from 'node:timers/promises';
import type { ControlPlane } from './control-plane.ts';

/** What became of harmless pods that were created one after the other. */
export interface SteadyPods {
  readonly asked: number;
  /** Milliseconds from the first refusal for want of Seawall to the last; 0 where there was none. */
  readonly refusedForMs: number;
  readonly refused: number;
  /** The last refusal's message. */
  readonly message: string;
}

/**
 * Creates harmless pods in the default namespace, as dry runs, one after the other until it is told to stop.
 * @param everyMs - from one answer to the next request
 */
export function createPodsSteadily(
  { request }: Pick<ControlPlane, 'request'>,
  everyMs = 20,
): { stop: () => Promise<SteadyPods> } {
  const stopping = new AbortController();
  const refusals: { readonly atMs: number; readonly message: string }[] = [];
  let asked = 0;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'harmless-' },
    spec: { containers: [{ name: 'app', image: 'app' }] },
  };
  const done = (async () => {
    while (!stopping.signal.aborted) {
      const { status, body } = await request('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod);
      asked += 1;
      if (status !== 201) {
        const { message = '' } = body as { readonly message?: string };
        refusals.push({ atMs: performance.now(), message });
      }
      await delay(everyMs);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await done;
      const [first] = refusals;
      const last = refusals.at(-1);
      return {
        asked,
        refused: refusals.length,
        refusedForMs: Math.round((last?.atMs ?? 0) - (first?.atMs ?? 0)),
        message: last?.message ?? '',
      };
    },
  };
}
