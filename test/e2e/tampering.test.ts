// Any flipped bit of a stored segment is found, wherever it is, in both formats; and a cut file is
// reported as cut, with what of it still verifies.
import { randomInt } from 'node:crypto';
import { readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  KeyManager,
  Recorder,
  RtspSimulator,
  type SegmentRecord,
  verifyRecordings,
} from '../../src/index.js';
import { makeClip, SMALL } from './support/clips.js';
import { folderOfThisFile, until } from './support/folder.js';

const folder = folderOfThisFile();
const passphrase = 'correct horse battery staple';
let simulator: RtspSimulator;

beforeAll(async () => {
  simulator = await RtspSimulator.start({ clip: makeClip(folder, 'clip.mp4', SMALL) });
});
afterAll(() => simulator.close());

async function record(storage: string, formatVersion: 1 | 2): Promise<SegmentRecord[]> {
  const segments: SegmentRecord[] = [];
  const recorder = await Recorder.open({
    storage,
    passphrase,
    formatVersion,
    segmentDuration: 2,
    cameras: [{ id: 'gate', url: simulator.urls[0] as string }],
  });
  recorder.on('segment', (segment) => segments.push(segment));
  await until(() => segments.length >= 2);
  await recorder.close();
  return segments;
}

for (const formatVersion of [1, 2] as const) {
  describe(`A version ${formatVersion} segment`, () => {
    const storage = join(folder, `v${formatVersion}`);
    let segment: SegmentRecord;
    let path: string;
    let original: Buffer;
    let keys: KeyManager;

    beforeAll(async () => {
      [segment] = (await record(storage, formatVersion)) as [SegmentRecord];
      path = join(storage, segment.filePath);
      original = readFileSync(path);
      keys = await KeyManager.open({ directory: join(storage, 'keys'), passphrase });
    });
    afterAll(() => keys.close());

    async function problemsWith(bytes: Buffer) {
      writeFileSync(path, bytes);
      const { problems } = await verifyRecordings({ storage, keys });
      writeFileSync(path, original);
      return problems;
    }

    it('verifies as it was recorded', async () => {
      expect((await verifyRecordings({ storage, keys })).ok).toBe(true);
    });

    it('betrays any flipped bit: every header byte, and random positions of the rest', async () => {
      const header = formatVersion === 1 ? 35 : 160;
      const positions = [
        ...Array.from({ length: header }, (_, i) => i),
        ...Array.from({ length: 120 }, () => randomInt(original.length)),
        original.length - 1,
      ];
      for (const position of positions) {
        const bit = randomInt(8);
        const altered = Buffer.from(original);
        altered[position] = (altered[position] as number) ^ (1 << bit);
        const problems = await problemsWith(altered);
        expect(problems, `byte ${position}, bit ${bit}`).toHaveLength(1);
        expect(problems[0]?.file).toBe(segment.filePath);
      }
    });

    it('betrays bytes that were appended', async () => {
      expect(await problemsWith(Buffer.concat([original, Buffer.alloc(1)]))).toHaveLength(1);
    });

    it('is reported when it is missing', async () => {
      unlinkSync(path);
      const { problems } = await verifyRecordings({ storage, keys });
      writeFileSync(path, original);
      expect(problems).toMatchObject([{ file: segment.filePath, code: 'ERR_SEGMENT_MISSING' }]);
    });

    it('cannot stand in for another one', async () => {
      const other = (await verifyRecordings({ storage, keys })).checked;
      expect(other).toBeGreaterThan(1);
      const rows = segment.filePath.split('/');
      const neighbour = join(storage, rows[0] as string, rows[1] as string);
      const second = String(Number(rows[2]) + 2);
      const problems = await problemsWith(readFileSync(join(neighbour, second)));
      expect(problems).toHaveLength(1);
    });
  });
}

describe('A version 2 segment that was cut', () => {
  it('is reported as truncated, with the chunks before the cut verified', async () => {
    const storage = join(folder, 'cut');
    const [segment] = (await record(storage, 2)) as [SegmentRecord];
    const path = join(storage, segment.filePath);
    const size = statSync(path).size;
    truncateSync(path, size - 40_000);
    const { ok, problems } = await verifyRecordings({ storage, passphrase });
    expect(ok).toBe(false);
    expect(problems).toMatchObject([{ file: segment.filePath, code: 'ERR_SEGMENT_TRUNCATED' }]);
    expect(problems[0]?.verifiedChunks).toBeGreaterThan(0);
  });
});
