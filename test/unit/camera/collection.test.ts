// What was closed is collected: neither a recorder that runs for years nor a server with many viewers
// may keep every camera, stream and writer that it ever had.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, onTestFinished } from 'vitest';
import { Camera, KeyManager, SegmentWriter } from '../../../src/index.js';
import { passphrase, simulate } from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

it('leaves nothing of a camera, its frames and its writer', async () => {
  const simulator = await simulate();
  const directory = join(temporaryDirectory(), 'keys');
  const keys = await KeyManager.create({ directory, passphrase, iterations: 100_000 });
  onTestFinished(() => keys.close());

  const parts = await (async () => {
    const camera = new Camera({ id: 'door', url: simulator.urls[0] as string });
    const writer = new SegmentWriter({ camera, storage: temporaryDirectory(), keys });
    camera.start();
    const frames = camera.frames();
    for await (const _ of frames) break;
    await writer.close();
    await camera.close();
    const unstarted = new Camera({ id: 'yard', url: simulator.urls[0] as string });
    await unstarted.close();
    return Object.entries({ camera, writer, frames, unstarted }).map(
      ([name, part]) => [name, new WeakRef<object>(part)] as const,
    );
  })();
  const left = () => parts.filter(([, part]) => part.deref()).map(([name]) => name);
  // A look at a WeakRef keeps what is behind it until the next turn of the event loop.
  for (let round = 0; round < 100 && left().length > 0; round++) {
    await sleep(10);
    collect();
  }
  expect(left()).toEqual([]);
});
