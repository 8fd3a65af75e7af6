// The process that is measured: cameras from CAMERA_URLS, and a viewer of all of them for each
// WebSocket.
import { WebSocketServer } from 'ws';
import { Camera, StreamBroadcaster } from '../../dist/index.js';

const broadcaster = new StreamBroadcaster({ lingerMs: 60_000 });
const cameras = JSON.parse(process.env.CAMERA_URLS).map((url, at) => {
  const camera = new Camera({ id: `cam${at + 1}`, url });
  camera.start();
  broadcaster.addCamera(camera);
  return camera;
});
let waiting = 0;
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  const viewer = broadcaster.viewer({
    send: (message) => {
      socket.send(message);
      waiting = Math.max(waiting, socket.bufferedAmount);
    },
    bufferedAmount: () => socket.bufferedAmount,
    quota: { maxBandwidthMbps: 1000, maxCamerasTotal: 1000 },
  });
  socket.on('close', () => viewer.close());
  for (const { id } of cameras) viewer.subscribe(id, { quality: 'GRID_VIEW' });
});
server.on('listening', () => process.send({ port: server.address().port }));

/** CPU in microseconds, and the most that has waited for a viewer since it was last asked. */
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const { fragments } = broadcaster.stats();
  process.send({ cpu: user + system, at: performance.now(), fragments, waiting });
  waiting = 0;
});
process.on('disconnect', () => process.exit());
