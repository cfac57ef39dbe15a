import { once } from 'node:events';
import { createServer } from 'node:net';

/** Ports that this process has handed out: the kernel may name one twice while nobody listens on it. */
const handedOut = new Set<number>();

/**
 * A loopback port that was free a moment ago. Another process may take it before it is used; whoever starts a program
 * on it tries again with another.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    await once(server, 'close');
    if (address === null || typeof address === 'string' || handedOut.has(address.port)) continue;
    handedOut.add(address.port);
    return address.port;
  }
}
