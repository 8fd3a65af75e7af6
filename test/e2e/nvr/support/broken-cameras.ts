// Cameras that fail, each in its own way, and one that works.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { RtspSimulator } from '@fluxvision/core';
import type { NewCamera } from '../../../../examples/nvr/protocol/index.js';
import { makeClip } from '../../../unit/clip.js';
import { startFakeCamera } from '../../support/fake-camera.js';

export interface BrokenCameras {
  /** The first one works. Each other one's name is the code of what is wrong with it. */
  cameras: (NewCamera & { id: string })[];
  close(): Promise<void>;
}

/** Files of a certificate for localhost that expired ten days ago, made by openssl. */
export function expiredCertificate(folder: string): { certificate: string; key: string } {
  const files = { certificate: join(folder, 'expired.crt'), key: join(folder, 'expired.key') };
  execFileSync(
    'faketime',
    [
      ...['40 days ago', 'openssl', 'req', '-x509', '-days', '30', '-nodes', '-subj', '/CN=nvr'],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
      ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', files.key, '-out', files.certificate],
    ],
    { stdio: 'ignore' },
  );
  return files;
}

export async function brokenCameras(): Promise<BrokenCameras> {
  const folder = mkdtempSync(join(tmpdir(), 'fluxvision-cameras-'));
  const clip = makeClip(folder, { frameRate: 10 });
  const good = await RtspSimulator.start({ clip, cameras: 2 });
  const guarded = await RtspSimulator.start({ clip, username: 'admin', password: 'the right one' });
  const files = expiredCertificate(folder);
  const pair = { cert: readFileSync(files.certificate), key: readFileSync(files.key) };
  const sealed = createTlsServer(pair, (client) => relay(client, good.port));
  const stalling = createServer((client) => relay(client, good.port, true));
  const unknown = await startFakeCamera((socket, request, cseq) => {
    const body = request.startsWith('DESCRIBE') ? SDP : '';
    const type = body ? 'Content-Type: application/sdp\r\n' : '';
    const length = `Content-Length: ${body.length}\r\n`;
    socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\n${type}${length}\r\n${body}`);
  });
  const gone = await listening(createServer());
  await closed(gone.server);
  const [sealedPort, stallingPort] = [await listening(sealed), await listening(stalling)];
  const rtsp = (port: number, path = '/cam1/main') => `rtsp://127.0.0.1:${port}${path}`;
  const broken: Record<string, Omit<NewCamera, 'name'>> = {
    ERR_RTSP_UNAUTHORIZED: { url: rtsp(guarded.port), username: 'admin', password: 'wrong' },
    ERR_CONNECTION: { url: rtsp(gone.port) },
    ERR_RTSP_NOT_FOUND: { url: rtsp(good.port, '/cam9/main') },
    ERR_RTSP_NO_VIDEO: { url: rtsp(unknown.port) },
    ERR_RTSP_STALLED: { url: rtsp(stallingPort.port, '/cam2/main') },
    ERR_TLS_CERTIFICATE: { url: `rtsps://127.0.0.1:${sealedPort.port}/cam1/main` },
  };
  return {
    cameras: [
      { id: 'good', name: 'Good', url: good.urls[0] ?? '' },
      ...Object.entries(broken).map(([code, camera]) => ({ ...camera, id: code, name: code })),
    ],
    close: async () => {
      for (const server of [sealed, stalling]) await closed(server);
      await unknown.close();
      await good.close();
      await guarded.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Video of a kind that nothing here records. */
const SDP = [
  ...['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=-', 't=0 0'],
  ...['m=video 0 RTP/AVP 96', 'a=rtpmap:96 VP8/90000', 'a=control:trackID=0', ''],
].join('\r\n');

/** Passes on what comes; `stalls`: up to the answer to PLAY, as cameras do whose encoder hangs. */
function relay(client: Socket, port: number, stalls = false): void {
  const server = connect(port, '127.0.0.1');
  let plays = false;
  let isSilent = false;
  for (const socket of [client, server]) socket.on('error', () => {});
  client.on('data', (data) => {
    plays ||= stalls && data.includes('PLAY ');
    server.write(data);
  });
  server.on('data', (data: Buffer) => {
    if (isSilent) return;
    isSilent = plays;
    const end = data.indexOf('\r\n\r\n') + 4;
    client.write(isSilent && end >= 4 ? data.subarray(0, end) : data);
  });
  client.on('close', () => server.destroy());
  server.on('close', () => client.destroy());
}

async function listening(server: Server): Promise<{ server: Server; port: number }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** Cameras hang up when the one who watches them is gone. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
