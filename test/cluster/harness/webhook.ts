import { once } from 'node:events';
import { createServer } from 'node:https';
import { json as readJson } from 'node:stream/consumers';
import type { ControlPlane } from './control-plane.ts';

/** The part of an AdmissionRequest that tests look at. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly operation: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly subResource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly userInfo: { readonly username: string; readonly groups?: readonly string[] };
  readonly object?: unknown;
  readonly oldObject?: unknown;
  readonly options?: unknown;
}

/** What a test's webhook answers; the uid is added. */
export interface AdmissionAnswer {
  readonly allowed: boolean;
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly patchType?: 'JSONPatch';
  readonly patch?: string;
  readonly warnings?: readonly string[];
}

/** An admission webhook in this process, with a certificate of the cluster's authority. */
export interface TestWebhook {
  readonly port: number;
  /** What it was asked, oldest first. */
  readonly requests: readonly AdmissionRequest[];
  /** The `clientConfig` that leads to it. */
  readonly clientConfig: { readonly url: string; readonly caBundle: string };
  close(): Promise<void>;
}

/** Starts a webhook on loopback that answers as `answer` says. */
export async function startTestWebhook(
  { ca }: Pick<ControlPlane, 'ca'>,
  answer: (request: AdmissionRequest) => AdmissionAnswer,
): Promise<TestWebhook> {
  const requests: AdmissionRequest[] = [];
  const { certificate, key } = ca.issue({ commonName: 'webhook', names: ['127.0.0.1'] });
  const server = createServer({ cert: certificate, key }, (incoming, outgoing) => {
    readJson(incoming).then(
      (review) => {
        const { request } = review as { readonly request: AdmissionRequest };
        requests.push(request);
        outgoing.setHeader('content-type', 'application/json');
        const response = { uid: request.uid, ...answer(request) };
        outgoing.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }));
      },
      (error: unknown) => incoming.destroy(error instanceof Error ? error : undefined),
    );
  });
  // The API server keeps an idle connection for 90 s, and does not send a broken request again.
  server.keepAliveTimeout = 120_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  return {
    port,
    requests,
    clientConfig: {
      url: `https://127.0.0.1:${port}/admit`,
      caBundle: Buffer.from(ca.certificate).toString('base64'),
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
