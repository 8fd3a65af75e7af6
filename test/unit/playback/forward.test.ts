// A file that is being written, at the moment when it cannot be read on.
import { expect, it } from 'vitest';
import { FluxError } from '../../../src/errors.js';
import type { Footage } from '../../../src/playback/footage.js';
import { Forward } from '../../../src/playback/forward.js';
import { isProblem, type PlaybackSegment } from '../../../src/playback/frame.js';

const unfinished = {
  ...{ cameraId: 'door', filePath: 'door/20260126/0.flux', keyId: 'key', stream: 0 },
  ...{ formatVersion: 2, startTime: 1000, endTime: 1000, unfinished: true },
} as PlaybackSegment;

function packetAt(ms: number) {
  const timestamp = ms * 1000;
  return { kind: 'video', keyFrame: ms === 0, timestamp, decodeTimestamp: timestamp };
}

/** Its first `fails` reads end with an error behind the second packet. */
function footageThat(fails: number): Footage {
  let row: PlaybackSegment | undefined;
  return {
    options: { cameraId: 'door' },
    at: () => unfinished,
    after: () => undefined,
    finished: () => row,
    async *read() {
      yield [packetAt(0), packetAt(40)];
      if (fails-- > 0) throw new FluxError('ERR_SEGMENT_TRUNCATED', 'it is being ended');
      row = { ...unfinished, id: 1, endTime: 1120, unfinished: false };
      yield [packetAt(80)];
    },
  } as unknown as Footage;
}

async function times(forward: Forward): Promise<number[]> {
  const found: number[] = [];
  for await (const items of forward.walk()) {
    for (const item of items) if (!isProblem(item)) found.push(item.frame.time);
  }
  return found;
}

it.each([1, 2])('is read on where it was left, after %i times', async (fails) => {
  const forward = new Forward(footageThat(fails), 0);
  const walks: number[][] = [];
  for (let walk = 0; walk <= fails; walk += 1) walks.push(await times(forward));
  expect(walks).toEqual([[1000, 1040], ...Array(fails - 1).fill([]), [1080]]);
});

it('is read to its end where the next file is there and the row is not, and goes on once', async () => {
  const next = { ...unfinished, filePath: 'door/20260126/1.flux', startTime: 1120, endTime: 1120 };
  const packets = [packetAt(0), packetAt(40)];
  let isCut = false;
  let nextBegins = false;
  let row: PlaybackSegment | undefined;
  const footage = {
    options: { cameraId: 'door' },
    at: () => unfinished,
    after: ({ filePath }: PlaybackSegment) =>
      isCut && filePath === unfinished.filePath ? next : undefined,
    finished: ({ filePath }: PlaybackSegment) =>
      filePath === unfinished.filePath ? row : undefined,
    async *read({ filePath }: PlaybackSegment) {
      if (filePath === unfinished.filePath) yield [...packets];
      else if (nextBegins) yield [packetAt(0)];
      else throw new FluxError('ERR_SEGMENT_TRUNCATED', 'its first picture is not there yet');
    },
  } as unknown as Footage;
  const forward = new Forward(footage, 0);
  expect(await times(forward)).toEqual([1000, 1040]);
  packets.push(packetAt(80));
  isCut = true;
  expect(await times(forward)).toEqual([1080]);
  row = { ...unfinished, id: 1, endTime: 1120, unfinished: false };
  expect(await times(forward)).toEqual([]);
  nextBegins = true;
  expect(await times(forward)).toEqual([1120]);
});
