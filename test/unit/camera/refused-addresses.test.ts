// A camera's name may lead elsewhere by the time of a connection, and so may a redirect.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkCamera } from '../../../src/camera/index.js';
import { Camera, OnvifDevice, RtspSimulator } from '../../../src/index.js';
import { startFakeCamera } from '../../e2e/support/fake-camera.js';
import { makeClip } from '../clip.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { thrownBy } from '../thrown.js';

/** Loopback, which `localhost` leads to. */
const refusedAddresses = ['127.0.0.0/8', '::1'];

/** Why the camera cannot be connected to. */
async function failureOf(url: string, refused: readonly string[]) {
  const camera = new Camera({ id: 'door', url, refusedAddresses: refused });
  onTestFinished(() => camera.close());
  camera.start();
  await camera.waitUntil('waiting', { timeoutMs: 20_000 });
  return camera.lastError;
}

describe('a refused address', () => {
  it('is not connected to, by name or number, over RTSP and what libavformat opens', async () => {
    const simulator = await RtspSimulator.start({ clip: makeClip(temporaryDirectory()) });
    onTestFinished(() => simulator.close());
    const path = (simulator.urls[0] as string).replace(/^rtsp:\/\/[^/]+/, '');
    for (const start of ['rtsp://localhost', 'rtsp://127.0.0.1', 'http://localhost']) {
      const failure = await failureOf(`${start}:${simulator.port}${path}`, refusedAddresses);
      expect(failure?.code).toBe('ERR_ADDRESS_REFUSED');
      expect(failure?.message).toMatch(/leads to (127\.|\[::1\])/);
    }
    expect(simulator.stats().every(({ sessions }) => sessions === 0)).toBe(true);
  });

  it('is not followed to', async () => {
    const redirecting = await startFakeCamera((socket, request, cseq) => {
      const to = 'Location: rtsp://127.0.0.2/stolen\r\n';
      const found = request.startsWith('DESCRIBE');
      socket.write(`RTSP/1.0 ${found ? `302 Found\r\n${to}` : '200 OK\r\n'}CSeq: ${cseq}\r\n\r\n`);
    });
    onTestFinished(() => redirecting.close());
    const failure = await failureOf(`rtsp://127.0.0.1:${redirecting.port}/`, ['127.0.0.2']);
    expect(failure?.code).toBe('ERR_ADDRESS_REFUSED');
  });

  it('is asked for nothing over ONVIF', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      const url = `http://${host}:${port}/onvif/device_service`;
      await expect(OnvifDevice.connect({ url, refusedAddresses })).rejects.toMatchObject({
        code: 'ERR_ADDRESS_REFUSED',
      });
    }
    const camera = new Camera({
      ...{ id: 'door', url: 'rtsp://192.0.2.1/', refusedAddresses },
      onvif: { url: `http://localhost:${port}/onvif/device_service` },
    });
    onTestFinished(() => camera.close());
    await expect(camera.ptz.stop()).rejects.toMatchObject({ code: 'ERR_ADDRESS_REFUSED' });
    expect(asked).toBe(0);
  });

  it.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '::/129', '10.0.0.0/8/8', 7])(
    'cannot be %j',
    (block) => {
      const blocks = [block as string];
      const options = { id: 'door', url: 'rtsp://192.0.2.1/', refusedAddresses: blocks };
      expect(thrownBy(() => checkCamera(options)).message).toContain('refusedAddresses');
    },
  );
});
