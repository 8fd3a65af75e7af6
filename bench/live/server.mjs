// Viewers over WebSockets against a process that does nothing but broadcast: its CPU time, and what
// waits in it for a viewer that never reads.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { RtspSimulator } from '../../dist/index.js';
import { measureRemuxes } from './remux.mjs';

const SETTLE_MS = 1500;

/** Of the peer: each takes as many processes as there are cameras. */
const PEER_VIEWERS = 2;
/** Viewer: bounded by docs/live.md. */
const MOST_WAITING_BYTES = 1 << 20;

/** @param {{ cameras: number, seconds: number, viewers: number[], print: Function }} options */
export async function measureServer({ cameras, seconds, viewers, print }) {
  const directory = mkdtempSync(join(tmpdir(), 'fluxvision-bench-'));
  const simulator = await RtspSimulator.start({ clip: makeClip(directory), cameras });
  const server = fork(new URL('broadcaster.mjs', import.meta.url), {
    env: { ...process.env, CAMERA_URLS: JSON.stringify(simulator.urls) },
  });
  try {
    const [{ port }] = await once(server, 'message');
    // Compiled, and every stream open, before anything is counted.
    await watched(server, port, Math.max(...viewers), 1);
    const costs = [];
    for (const count of viewers) {
      const { cpu, pictures, made } = await watched(server, port, count, seconds);
      costs.push({ count, cpu });
      print(`CPU of the server, ${count} viewers of ${cameras} cameras`, cpu, '% of a core');
      print(`CPU per viewer, of ${count}`, cpu / count, '% of a core');
      print(`pictures sent, ${count} viewers`, Math.round(pictures / seconds), '1/s');
      print(`fragments made, ${count} viewers`, Math.round(made / seconds), '1/s');
    }
    await compare(simulator.urls, costs, seconds, print);
    const { waiting } = await neverRead(server, port, seconds);
    print('waiting for a viewer that never reads', waiting, 'bytes', { asked: MOST_WAITING_BYTES });
  } finally {
    server.kill();
    await simulator.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What a viewer more costs, against a process per viewer and camera. */
async function compare(urls, costs, seconds, print) {
  const [least, most] = [costs[0], costs.at(-1)];
  if (most.count <= least.count) return;
  const value = (most.cpu - least.cpu) / (most.count - least.count);
  const peerValue = (await measureRemuxes(urls, PEER_VIEWERS, seconds)) / PEER_VIEWERS;
  const peer = 'ffmpeg -c copy, one process per viewer and camera';
  print(`CPU of a viewer more, up to ${most.count}`, value, '% of a core', { peer, peerValue });
}

/** 640x360, 25 frames a second, about 1 Mbit/s, a key frame each second. */
function makeClip(directory) {
  const path = join(directory, 'clip.mp4');
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25', '-t', '10'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
    ...['-g', '25', '-b:v', '1M', '-maxrate', '1M', '-bufsize', '250k', path],
  ]);
  return path;
}

async function watched(server, port, count, seconds) {
  let pictures = 0;
  const sockets = Array.from({ length: count }, () => new WebSocket(`ws://127.0.0.1:${port}`));
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  for (const socket of sockets) socket.on('message', () => (pictures += 1));
  await sleep(SETTLE_MS);
  const before = await ask(server, 'usage');
  pictures = 0;
  await sleep(seconds * 1000);
  const got = pictures;
  const after = await ask(server, 'usage');
  for (const socket of sockets) socket.terminate();
  await sleep(SETTLE_MS / 3);
  const cpu = (after.cpu - before.cpu) / ((after.at - before.at) * 10);
  return { cpu, pictures: got, made: after.fragments - before.fragments };
}

/** What the process holds for it at most. */
async function neverRead(server, port, seconds) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, 'open');
  socket.pause();
  await ask(server, 'usage');
  await sleep(seconds * 1000);
  const { waiting } = await ask(server, 'usage');
  socket.terminate();
  return { waiting };
}

async function ask(server, question) {
  server.send(question);
  const [answer] = await once(server, 'message');
  return answer;
}
