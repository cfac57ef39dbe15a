import { Agent, createServer, request } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { ControlPlane } from './harness/control-plane.ts';

/** What becomes of an answer, after half of its body. */
export type Fault = 'reset' | 'ended' | 'short of its length' | 'stalled';

/** A way to the API server on which answers are cut. */
export interface FaultyApiServer {
  readonly url: string;
  /** The requests whose answers were cut, in order. */
  readonly faults: readonly string[];
  close(): void;
}

/**
 * A proxy before the API server that asks as an administrator, whoever comes, and cuts the answers that `faultOf` says.
 * @param faultOf - asked with the path of each GET and how many were cut before
 */
export async function startFaultyApiServer(
  { ca, url }: ControlPlane,
  faultOf: (path: string, earlier: number) => Fault | undefined,
): Promise<FaultyApiServer> {
  const admin = ca.issue({ commonName: 'admin', organizations: ['system:masters'] });
  const agent = new Agent({ ca: ca.certificate, cert: admin.certificate, key: admin.key, keepAlive: true });
  const faults: string[] = [];
  const { certificate: cert, key } = ca.issue({ commonName: 'faulty', names: ['127.0.0.1'] });
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    void pass(incoming, outgoing).catch((error: unknown) =>
      outgoing.destroy(error instanceof Error ? error : undefined),
    );
  });

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request(
        new URL(path, url),
        { method, agent, headers: { ...headers, host: new URL(url).host } },
        resolve,
      );
      asked.on('error', reject);
      incoming.pipe(asked);
    });
    const body = await buffer(answer);
    const fault = method === 'GET' ? faultOf(path, faults.length) : undefined;
    // How a body ends is said anew.
    const plain = { ...answer.headers };
    delete plain['transfer-encoding'];
    delete plain['content-length'];
    if (fault === undefined) {
      outgoing.writeHead(answer.statusCode ?? 0, plain).end(body);
      return;
    }
    faults.push(path);
    const length = fault === 'short of its length' ? { 'content-length': body.length } : {};
    outgoing.writeHead(answer.statusCode ?? 0, { ...plain, ...length });
    const half = body.subarray(0, body.length / 2);
    await new Promise((resolve) => outgoing.write(half, resolve));
    if (fault === 'reset') incoming.socket.destroy();
    else if (fault !== 'stalled') incoming.socket.end();
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    close: () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}
