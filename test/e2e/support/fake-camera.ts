// A TCP server that answers what it is told to, whatever RTSP says: a broken or hostile camera.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface FakeCamera {
  port: number;
  /** Everything clients have sent. */
  received: () => string;
  /** Connections open now. */
  connections: () => number;
  close(): Promise<void>;
}

/** `answer` gets each request's text and its CSeq, and writes what it likes. */
export async function startFakeCamera(
  answer: (socket: Socket, request: string, cseq: string) => void,
): Promise<FakeCamera> {
  const sockets = new Set<Socket>();
  let received = '';
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let buffered = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
      buffered += data.toString('latin1');
      for (let end = buffered.indexOf('\r\n\r\n'); end >= 0; end = buffered.indexOf('\r\n\r\n')) {
        const request = buffered.slice(0, end);
        buffered = buffered.slice(end + 4);
        answer(socket, request, /CSeq:\s*(\d+)/i.exec(request)?.[1] ?? '0');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    connections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The answer of a camera that says `status` to everything. */
export function always(status: string) {
  return (socket: Socket, _request: string, cseq: string) => {
    socket.write(`RTSP/1.0 ${status}\r\nCSeq: ${cseq}\r\n\r\n`);
  };
}
