// Between client and camera: passes RTSP on with its own UDP ports in place of the others', and some of
// the packets of RTP not at all.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Drops every 33rd packet until `loseOneIn()` says otherwise; infinity: none. */
export async function startLossyRelay(cameraPort: number) {
  let oneIn = 33;
  const sockets: Socket[] = [];
  let dropped = 0;
  const bind = async () => {
    const socket = createSocket('udp4');
    sockets.push(socket);
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return socket;
  };
  /** Two neighbouring ports, as RTP and RTCP want them. */
  const bindPair = async (): Promise<[Socket, Socket]> => {
    for (;;) {
      const first = await bind();
      const port = first.address().port;
      if (port % 2 === 1) continue;
      const second = createSocket('udp4');
      second.bind(port + 1, '127.0.0.1');
      const bound = await Promise.race([
        once(second, 'listening').then(() => true),
        once(second, 'error').then(() => false),
      ]);
      if (!bound) continue;
      sockets.push(second);
      return [first, second];
    }
  };
  const server = createServer(async (client) => {
    const camera = connect(cameraPort, '127.0.0.1');
    let clientPort = 0;
    const [rtp, rtcp] = await bindPair();
    let count = 0;
    rtp.on('message', (packet) => {
      if (++count % oneIn === 0) {
        dropped++;
        return;
      }
      rtp.send(packet, clientPort, '127.0.0.1');
    });
    rtcp.on('message', (packet, from) => {
      if (from.port !== clientPort + 1) rtcp.send(packet, clientPort + 1, '127.0.0.1');
    });
    client.on('data', (data) => {
      const port = rtp.address().port;
      camera.write(
        data.toString('latin1').replace(/client_port=(\d+)-\d+/, (_whole, first) => {
          clientPort = Number(first);
          return `client_port=${port}-${port + 1}`;
        }),
        'latin1',
      );
    });
    camera.on('data', (data) => {
      client.write(
        data
          .toString('latin1')
          // The ports that packets really come from.
          .replace(/client_port=\d+-\d+/, `client_port=${clientPort}-${clientPort + 1}`)
          .replace(/server_port=\d+-\d+/, () => {
            const port = rtp.address().port;
            return `server_port=${port}-${port + 1}`;
          }),
        'latin1',
      );
    });
    client.on('error', () => {}).on('close', () => camera.destroy());
    camera.on('error', () => {}).on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `rtsp://127.0.0.1:${port}/live`,
    dropped: () => dropped,
    loseOneIn(packets: number) {
      oneIn = packets;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.close();
    },
  };
}
