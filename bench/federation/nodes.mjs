// Servers that speak the wire format of docs/federation.md, in a process of their own; what goes through
// their ports is counted below TLS.
import { readFileSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import { connect, createServer } from 'node:net';

const [count, cameras, folder] = process.argv.slice(2);
const [cert, key] = ['node.crt', 'node.key'].map((name) => readFileSync(`${folder}/${name}`));
const startedAt = Date.now();

/** As GET /api/cameras tells of each, for who polls all of it. */
const stream = { state: 'playing', codec: 'avc1.640028', width: 1920, height: 1080 };
const views = Array.from({ length: Number(cameras) }, (_, i) => ({
  ...{ id: `camera-${i}`, name: `Camera ${i}`, group: 'yard', enabled: true, status: 'LIVE' },
  ...{ recording: true, main: { ...stream, frameRate: 25, bitsPerSecond: 4_012_345 } },
  sub: { ...stream, width: 640, height: 360, frameRate: 12.5, bitsPerSecond: 512_345 },
  hasPtz: false,
  may: { live: true, archive: true, export: true, ptz: true, manage: true },
}));
const items = views.map(({ id, name, group, enabled, status, recording, hasPtz }) => ({
  ...{ id, name, group, enabled, status, recording, hasPtz, hasSub: true },
  main: { codec: 'avc1.640028', width: 1920, height: 1080 },
}));

const nodes = await Promise.all(Array.from({ length: Number(count) }, (_, i) => startNode(i)));
process.send(nodes.map(({ serverId, port }) => ({ serverId, port })));
process.on('message', ({ what, node }) => {
  if (what === 'bytes') return process.send(nodes.map(({ bytes }) => bytes));
  nodes[node].mood = what;
  if (what === 'dead') nodes[node].hangUp();
  process.send('done');
});

async function startNode(number) {
  const node = {
    serverId: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    ...{ bytes: 0, mood: 'well', port: 0, hangUp: () => {} },
  };
  const server = createHttps({ cert, key, keepAliveTimeout: 72_000 }, (request, response) => {
    request.resume();
    if (node.mood === 'slow') return;
    response.setHeader('content-type', 'application/json; charset=utf-8');
    // As a server of ours sends them.
    response.setHeader('content-security-policy', `default-src 'self'; ${'x'.repeat(300)}`);
    response.setHeader('strict-transport-security', 'max-age=31536000');
    response.end(JSON.stringify(answerOf(node, request.url)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const inner = server.address().port;
  const open = new Set();
  const front = createServer((socket) => {
    if (node.mood === 'dead') return socket.destroy();
    const behind = connect(inner, '127.0.0.1');
    open.add(socket);
    for (const side of [socket, behind]) {
      side.on('data', ({ length }) => {
        node.bytes += length;
      });
      side.on('error', () => {});
    }
    socket.pipe(behind).pipe(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise((resolve) => front.listen(0, '127.0.0.1', resolve));
  node.port = front.address().port;
  node.hangUp = () => {
    for (const socket of open) socket.destroy();
  };
  return node;
}

function answerOf({ serverId }, url) {
  const about = { serverId, name: 'A recorder', version: '0.1.0' };
  const cameraCount = views.length;
  switch (url) {
    case '/api/discovery/info':
      return { ...about, cameraCount, httpPort: 8443, wsPort: 8443, apiMin: 1, apiMax: 1 };
    case '/api/federation/pair':
      return { ...about, apiMin: 1, apiMax: 1, features: [], scopes: ['metadata', 'media'] };
    case '/api/federation/status':
      return {
        ...{ ...about, serverTime: Date.now(), startedAt, camerasVersion: 'a'.repeat(43) },
        ...{ cpuUsage: 20 + Math.random(), memoryBytes: 4e8, cameraCount },
        ...{ camerasLive: cameraCount, camerasRecording: cameraCount, clientCount: 3 },
        ...{ framesLost: 0, troubles: [] },
        storage: { totalBytes: 8e12, freeBytes: 1e12, recordedBytes: 7e12, oldest: startedAt },
      };
    case '/api/federation/cameras':
      return { version: 'a'.repeat(43), items };
    default:
      return { items: views };
  }
}
