// `node forward.ts LISTEN DIAL` passes every connection that arrives at LISTEN on to DIAL. Each is ADDRESS:PORT, or the
// path of a Unix socket: that is a file, so it leads out of a network namespace where no route does.
import type { ListenOptions } from 'node:net';
import { connect, createServer } from 'node:net';

/** Passes every connection that arrives at `listen` on to `dial`; resolves to the port it listens on, 0 for a socket file. */
export function forward(listen: string, dial: string): Promise<{ readonly port: number; close(): void }> {
  const server = createServer({ allowHalfOpen: true }, (incoming) => {
    const { path, host, port } = endpoint(dial);
    const outgoing =
      path === undefined
        ? connect({ host, port: port ?? 0, allowHalfOpen: true })
        : connect({ path, allowHalfOpen: true });
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
    incoming.on('close', () => outgoing.destroy());
    outgoing.on('close', () => incoming.destroy());
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(endpoint(listen), () => {
      const address = server.address();
      resolve({
        port: address === null || typeof address === 'string' ? 0 : address.port,
        close: () => void server.close(),
      });
    });
  });
}

function endpoint(text: string): Pick<ListenOptions, 'path' | 'host' | 'port'> {
  if (text.startsWith('/')) return { path: text };
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}

if (process.argv[1] === import.meta.filename) {
  const [, , listen = '', dial = ''] = process.argv;
  await forward(listen, dial);
}
