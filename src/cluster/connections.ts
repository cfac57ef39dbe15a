import { Agent as HttpAgent } from 'node:http';
import { Agent } from 'node:https';
import type { Credentials, TlsMaterial } from './credentials.ts';

/** The connections to one API server; watches have theirs apart, so that none of them keeps a request waiting. */
export interface Connections {
  /** The agent for a request with this TLS material: new connections are made where the material has changed. */
  readonly agentFor: (tls: TlsMaterial, use: 'request' | 'watch') => Promise<HttpAgent>;
  readonly close: () => void;
}

interface Pool {
  readonly tls: TlsMaterial;
  readonly request: HttpAgent;
  readonly watch: HttpAgent;
}

/** Below the 90 s after which Go's server ends an idle connection, so that few requests meet one that is being closed. */
const idleMs = 60_000;

export function openConnections({ server, proxyAgent }: Credentials): Connections {
  const direct = server.startsWith('http:')
    ? (): HttpAgent => new HttpAgent({ keepAlive: true, timeout: idleMs })
    : (tls: TlsMaterial): HttpAgent => new Agent({ ...tls, keepAlive: true, timeout: idleMs });
  const make = async (tls: TlsMaterial): Promise<Pool> =>
    proxyAgent === undefined
      ? { tls, request: direct(tls), watch: direct(tls) }
      : { tls, request: await proxyAgent(tls), watch: await proxyAgent(tls) };
  let pool: Pool | undefined;
  return {
    agentFor: async (tls, use) => {
      if (pool === undefined || !isSame(pool.tls, tls)) {
        const retired = pool;
        pool = await make(tls);
        if (retired !== undefined) retire(retired);
      }
      return pool[use];
    },
    close: () => {
      pool?.request.destroy();
      pool?.watch.destroy();
    },
  };
}

/** Ends what is idle; what is in use ends with its request. */
function retire({ request, watch }: Pool): void {
  for (const agent of [request, watch]) {
    agent.maxFreeSockets = 0;
    for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }
}

function isSame(one: TlsMaterial, other: TlsMaterial): boolean {
  return (['ca', 'cert', 'key', 'servername', 'rejectUnauthorized'] as const).every((key) => one[key] === other[key]);
}
