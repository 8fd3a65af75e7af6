// Decodes a clip with the SDK in a process of its own: so many streams at once, as fast as it goes or at
// the pace of cameras. Prints what it took.
import { setTimeout as sleep } from 'node:timers/promises';
import { DecoderPool } from '../../dist/index.js';
import { framesOf } from './clip.mjs';

const { clip, codec, streams, threads, fps, seconds } = JSON.parse(process.argv[2]);
const frames = framesOf(clip, codec);
const pool = await DecoderPool.open({ backend: 'libavcodec' });
const decoders = Array.from({ length: streams }, () => pool.createDecoder({ threads }));

async function fast(decoder) {
  for (const frame of frames) await decoder.decode(frame);
  await decoder.flush();
}

/** As cameras send, each a little later than the one before. */
async function paced(decoder, i) {
  const begin = performance.now() + (i * 1000) / fps / streams;
  const last = Math.round(fps * seconds);
  for (let n = 0; n < last; n += 1) {
    const wait = begin + (n * 1000) / fps - performance.now();
    if (wait > 0) await sleep(wait);
    await decoder.decode(frames[n % frames.length]);
  }
  await decoder.flush();
}

const before = process.cpuUsage();
const begun = performance.now();
await Promise.all(decoders.map(fps ? paced : fast));
const wallMs = performance.now() - begun;
const { user, system } = process.cpuUsage(before);
const { framesOut, errors } = pool.stats();
console.log(JSON.stringify({ wallMs, cpuMs: (user + system) / 1000, framesOut, errors }));
await pool.close();
