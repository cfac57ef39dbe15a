import type { ControlPlane } from '../harness/control-plane.ts';

/** What the API server has counted of Seawall's webhooks that did not answer. */
export interface WebhookCounts {
  /** What came to it since: `open` for a request that was let through, `refused` for one that was not. */
  since(before: WebhookCounts): Readonly<Record<string, number>>;
  readonly of: ReadonlyMap<string, number>;
}

/*
 * Source: k8s.io/apiserver pkg/admission/metrics: apiserver_admission_webhook_fail_open_count, and of
 * apiserver_admission_webhook_rejection_count what is no answer.
 */
const open = /^apiserver_admission_webhook_fail_open_count\{.*name="([^"]*\.seawall\.dev)".*\} (\d+)$/gm;
const refused =
  /^apiserver_admission_webhook_rejection_count\{error_type="calling_webhook_error",name="([^"]*\.seawall\.dev)",.*\} (\d+)$/gm;

/** Reads the counters from the API server's own metrics. */
export async function webhookCounts({ request }: Pick<ControlPlane, 'request'>): Promise<WebhookCounts> {
  const { status, body } = await request('GET', '/metrics');
  if (status !== 200 || typeof body !== 'string') throw new Error(`metrics of the API server: HTTP ${status}`);
  const of = new Map<string, number>();
  for (const [what, pattern] of [
    ['open', open],
    ['refused', refused],
  ] as const) {
    for (const [, name = '', value] of body.matchAll(pattern)) {
      const key = `${what} ${name}`;
      of.set(key, (of.get(key) ?? 0) + Number(value));
    }
  }
  return {
    of,
    since: (before) =>
      Object.fromEntries(
        [...of].map(([key, value]) => [key, value - (before.of.get(key) ?? 0)] as const).filter(([, more]) => more > 0),
      ),
  };
}
