import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** A line to an API server that can be cut. */
export interface CuttableLink {
  /** The API server by way of this line. */
  readonly url: string;
  /** Breaks every connection, and each new one until `mend`. */
  cut(): void;
  /** Keeps the connections of now open and says nothing on them any more; new ones work. */
  freeze(): void;
  mend(): void;
  close(): void;
}

export async function cuttable(server: string): Promise<CuttableLink> {
  const { hostname, port } = new URL(server);
  const sockets = new Set<Socket>();
  let isCut = false;
  const listener = createServer((incoming) => {
    if (isCut) {
      incoming.destroy();
      return;
    }
    const outgoing = connect(Number(port), hostname);
    incoming.pipe(outgoing).pipe(incoming);
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address() as AddressInfo;
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `https://127.0.0.1:${address.port}`,
    cut() {
      isCut = true;
      destroyAll();
    },
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend() {
      isCut = false;
    },
    close() {
      destroyAll();
      listener.close();
    },
  };
}
