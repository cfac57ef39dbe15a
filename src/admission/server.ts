import type { Server as HttpServer } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener, ServerOptions } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/*
 * How long connections may be what. The API server keeps idle ones for 90 s (http.Transport IdleConnTimeout) and does not
 * repeat a POST that was broken off, so that the side which hangs up first must be its own.
 */
const keepAliveTimeoutMs = 120_000;
/** Above keepAliveTimeout, or an idle connection could be cut for the headers that it has not sent. */
const headersTimeoutMs = 125_000;
/** Node wants it above headersTimeout; bodies are held to the deadline of their request long before. */
const requestTimeoutMs = 130_000;
const handshakeTimeoutMs = 10_000;

const options: ServerOptions = {
  keepAliveTimeout: keepAliveTimeoutMs,
  headersTimeout: headersTimeoutMs,
  requestTimeout: requestTimeoutMs,
  // The API server sends about ten.
  maxHeaderSize: 16 * 1024,
};

const maxHeadersCount = 100;
const maxConnections = 2_000;

/** A certificate chain and its key, as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** The HTTPS server of the admission port; it speaks HTTP/1.1 only, as the API server does to webhooks. */
export function createAdmissionServer(listener: RequestListener, keyPair: KeyPair): HttpsServer {
  const server = createHttpsServer(
    { ...options, ...keyPair, handshakeTimeout: handshakeTimeoutMs, ALPNProtocols: ['http/1.1'] },
    listener,
  );
  // Node closes a CONNECT that nobody listens for without a word.
  server.on('connect', (_request, socket) => {
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  return bounded(server);
}

/** The plain HTTP server of the probes and metrics. */
export function createHealthServer(listener: RequestListener): HttpServer {
  return bounded(createHttpServer(options, listener));
}

function bounded<T extends HttpServer | HttpsServer>(server: T): T {
  server.maxHeadersCount = maxHeadersCount;
  server.maxConnections = maxConnections;
  return server;
}

/**
 * Starts to listen.
 * @param port - 0 for any that is free
 * @param host - undefined for every address; to name `::` for that fails where IPv6 is off
 * @returns the port
 * @throws where the address cannot be had: EADDRINUSE, EACCES
 */
export function listen(server: HttpServer | HttpsServer, port: number, host: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
