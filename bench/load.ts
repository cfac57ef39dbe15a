import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';

/*
 * A client that costs little: prepared requests over raw TLS connections that stay open, one request at a time on each.
 */

export interface Load {
  readonly port: number;
  readonly connections: number;
  /** Requests over all connections. */
  readonly requests: number;
  readonly bodies: readonly Buffer[];
  /** Called when every connection is open: handshakes are no part of what is measured. */
  readonly onOpen?: () => void;
}

/** Sends the load and returns the milliseconds that each request took. */
export async function send({ port, connections, requests, bodies, onOpen }: Load): Promise<number[]> {
  const prepared = bodies.map((body) =>
    Buffer.concat([
      Buffer.from(
        `POST /validate?timeout=10s HTTP/1.1\r\nHost: seawall.seawall.svc\r\nUser-Agent: kube-apiserver-admission\r\nContent-Type: application/json\r\nAccept: application/json, */*\r\nContent-Length: ${body.length}\r\n\r\n`,
      ),
      body,
    ]),
  );
  const times: number[] = [];
  let left = requests;
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  onOpen?.();
  const worker = async (socket: TLSSocket, offset: number): Promise<void> => {
    for (let turn = offset; left > 0; turn += 1) {
      left -= 1;
      const startedMs = performance.now();
      await exchange(socket, prepared[turn % prepared.length] ?? Buffer.alloc(0));
      times.push(performance.now() - startedMs);
    }
    socket.destroy();
  };
  await Promise.all(sockets.map(worker));
  return times;
}

function open(port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // The certificate is the development one, and nothing here depends on whose it is.
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => resolve(socket));
    socket.setNoDelay(true);
    socket.once('error', reject);
  });
}

/** Writes one request and resolves at the last byte of its answer. */
function exchange(socket: TLSSocket, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = '';
    const onData = (chunk: Buffer): void => {
      received += chunk.toString('latin1');
      const head = received.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = /content-length: (\d+)/i.exec(received)?.[1];
      if (received.length < head + 4 + Number(length)) return;
      socket.off('data', onData);
      if (received.startsWith('HTTP/1.1 200 ')) resolve();
      else reject(new Error(received.slice(0, 200)));
    };
    socket.on('data', onData);
    socket.write(request);
  });
}
