import type { TLSSocket } from 'node:tls';

const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;

/** Sends a body without end until the other side cuts the connection; the status that it answered before. */
export async function sentWithoutEnd(socket: TLSSocket, path: string, type = 'application/json'): Promise<string> {
  let answer = '';
  socket.on('data', (data: Buffer) => (answer += data.toString()));
  // A reset, as what was sent last was not read.
  socket.on('error', () => undefined);
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  await new Promise<void>((resolve) => {
    socket.once('close', resolve);
    const send = (error?: Error | null): void => {
      if (socket.writable && (error === undefined || error === null)) socket.write(chunk, send);
    };
    send();
  });
  return answer.slice(0, 'HTTP/1.1 200'.length);
}
