// Every kind of file name, from the recorder to the exported clip; and all kinds in one storage.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  Camera,
  exportRecording,
  KeyManager,
  Recorder,
  RtspSimulator,
  type SegmentFileNames,
  SegmentReader,
  type SegmentRecord,
  SegmentWriter,
  verifyRecordings,
} from '../../../src/index.js';
import { makeClip } from '../clip.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import { copyOf, hasFrames, passphrase, type Recorded, record, remove, until } from './recorded.js';

const FORMS: Record<SegmentFileNames, RegExp> = {
  seconds: /^\d{10}$/,
  fvd: /^\d{10}\.fvd$/,
  hash: /^[0-9a-f]{32}$/,
  jpeg: /^thumb_\d{5}\.jpg$/,
};
const KINDS = Object.keys(FORMS) as SegmentFileNames[];

/** Frames in a clip, as ffprobe counts them. */
function framesOf(clip: string): number {
  const args = ['-v', 'error', '-select_streams', 'v', '-count_packets'];
  const show = ['-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0', clip];
  return Number(execFileSync('ffprobe', [...args, ...show], { encoding: 'utf8' }));
}

/** Takes all rows out of the index, as if the process had died before it could write one. */
function forgetRows(storage: string): void {
  const database = new Database(join(storage, 'index.db'));
  database.exec('DELETE FROM recording_segments');
  database.close();
}

describe.each(KINDS)('fileNames %s', (fileNames) => {
  let recorded: Recorded;
  beforeAll(async () => {
    recorded = await record(60, { fileNames });
  });
  afterAll(() => remove(recorded));

  it('names every segment so, and lists it in the index', async () => {
    const { storage, segments } = recorded;
    expect(segments.length).toBeGreaterThan(1);
    for (const { filePath } of segments) {
      expect(filePath).toMatch(/^door\/\d{8}\//);
      expect(basename(filePath)).toMatch(FORMS[fileNames]);
      expect(existsSync(join(storage, filePath))).toBe(true);
    }
  });

  it('verifies, and finds an altered byte at either end', async () => {
    const storage = copyOf(recorded);
    const report = await verifyRecordings({ storage, passphrase });
    expect(report).toMatchObject({ ok: true, checked: recorded.segments.length });
    const [segment] = recorded.segments as [SegmentRecord];
    const path = join(storage, segment.filePath);
    const intact = readFileSync(path);
    for (const position of [0, 25, intact.length - 1]) {
      const altered = Buffer.from(intact);
      altered[position] = (altered[position] as number) ^ 1;
      writeFileSync(path, altered);
      const { problems } = await verifyRecordings({ storage, passphrase });
      expect(problems.map(({ file }) => file)).toEqual([segment.filePath]);
    }
  });

  it('is exported to a clip that plays', async () => {
    const { storage, segments } = recorded;
    const out = join(temporaryDirectory(), 'clip.mp4');
    const from = segments[0]?.startTime as number;
    const to = segments.at(-1)?.endTime as number;
    const result = await exportRecording({
      ...{ storage, passphrase, cameraId: 'door', from, to, out },
    });
    expect(result.frames).toBe(segments.reduce((sum, { frames }) => sum + frames, 0));
    expect(framesOf(out)).toBe(result.frames);
  });

  it('is found again where the index has lost it', async () => {
    const storage = copyOf(recorded);
    forgetRows(storage);
    const recorder = await Recorder.open({ storage, passphrase });
    onTestFinished(() => recorder.close());
    expect(recorder.recovery).toMatchObject({ quarantined: [], problems: [] });
    const times = ({ startTime, frames, filePath }: SegmentRecord) => [startTime, frames, filePath];
    expect(recorder.recovery.recovered.map(times)).toEqual(recorded.segments.map(times));
    expect((await verifyRecordings({ storage, passphrase })).ok).toBe(true);
  });
});

describe('a storage with names of every kind', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fluxvision-names-'));
  const storage = join(directory, 'storage');
  let simulator: RtspSimulator;
  const rows: SegmentRecord[] = [];

  beforeAll(async () => {
    simulator = await RtspSimulator.start({ clip: makeClip(directory) });
    for (const [fileNames, formatVersion] of [
      ...KINDS.map((kind) => [kind, 2] as const),
      ['hash', 1] as const,
      ['fvd', 1] as const,
    ]) {
      const recorder = await open({ fileNames, formatVersion });
      recorder.on('segment', (segment) => rows.push(segment));
      await until(() => hasFrames(recorder, 5));
      await recorder.close();
    }
  });
  afterAll(async () => {
    await simulator.close();
    rmSync(directory, { recursive: true, force: true });
  });

  function open(options: { fileNames: SegmentFileNames; formatVersion?: 1 | 2 }) {
    const cameras = [{ id: 'door', url: simulator.urls[0] as string }];
    return Recorder.open({ storage, passphrase, segmentDuration: 2, cameras, ...options });
  }

  it('verifies as a whole', async () => {
    const report = await verifyRecordings({ storage, passphrase });
    expect(report).toMatchObject({ ok: true, checked: rows.length, problems: [] });
    const kinds = rows.map(({ filePath }) =>
      KINDS.find((kind) => FORMS[kind].test(basename(filePath))),
    );
    expect(new Set(kinds)).toEqual(new Set(KINDS));
  });

  it('is exported across all of them', async () => {
    const out = join(temporaryDirectory(), 'clip.mkv');
    const from = rows[0]?.startTime as number;
    const to = rows.at(-1)?.endTime as number;
    const { frames } = await exportRecording({
      ...{ storage, passphrase, cameraId: 'door', from, to, out },
    });
    expect(frames).toBe(rows.reduce((sum, row) => sum + row.frames, 0));
    expect(framesOf(out)).toBe(frames);
  });

  it('verifies beside a recorder whose open file has a hash for its name', async () => {
    for (const formatVersion of [1, 2] as const) {
      const recorder = await open({ fileNames: 'hash', formatVersion });
      recorder.on('segment', (segment) => rows.push(segment));
      await until(() => hasFrames(recorder, 5));
      const { problems } = await verifyRecordings({ storage, passphrase });
      await recorder.close();
      expect(problems).toEqual([]);
    }
  });

  it('is recovered in the order of time', async () => {
    forgetRows(storage);
    const recorder = await Recorder.open({ storage, passphrase });
    const { recovered, quarantined, problems } = recorder.recovery;
    await recorder.close();
    expect([...quarantined, ...problems]).toEqual([]);
    const names = ({ filePath }: SegmentRecord) => filePath;
    expect(recovered.map(names).sort()).toEqual(rows.map(names).sort());
    const starts = recovered.map(({ startTime }) => Math.floor(startTime / 1000));
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  });
});

describe('a segment behind a picture', () => {
  let recorded: Recorded;
  beforeAll(async () => {
    recorded = await record(30, { fileNames: 'jpeg' });
  });
  afterAll(() => remove(recorded));
  const first = () => recorded.segments[0] as SegmentRecord;

  it('is a picture to whoever looks at it', () => {
    const path = join(recorded.storage, first().filePath);
    const show = ['-v', 'error', '-show_entries', 'stream=codec_name,width,height'];
    const found = execFileSync('ffprobe', [...show, '-of', 'csv=p=0', path], { encoding: 'utf8' });
    expect(found.trim()).toBe('mjpeg,320,180');
    const file = spawnSync('file', ['--brief', path], { encoding: 'utf8' });
    if (!file.error) expect(file.stdout).toContain('JPEG image data');
  });

  it('tells where its header stands', async () => {
    const keys = await KeyManager.open({ directory: join(recorded.storage, 'keys'), passphrase });
    onTestFinished(() => keys.close());
    const path = join(recorded.storage, first().filePath);
    const reader = await SegmentReader.open({ path, keys });
    onTestFinished(() => reader.close());
    const { coverSize, cameraId } = reader.header;
    expect(coverSize).toBeGreaterThan(500);
    expect(
      readFileSync(path)
        .subarray(coverSize, coverSize + 4)
        .toString(),
    ).toBe('FVMS');
    expect(cameraId).toBe('door');
  });

  it('notices another picture in front, and recovery leaves it as it is', async () => {
    const storage = copyOf(recorded);
    const path = join(storage, first().filePath);
    const bytes = readFileSync(path);
    const end = bytes.indexOf('FVMS');
    // Where the picture stays a JPEG: no marker (0xff, and what is behind it) comes or goes.
    let at = end - 20;
    while (Math.max(bytes[at - 1] as number, (bytes[at] as number) | 1) === 0xff) at -= 1;
    bytes[at] = (bytes[at] as number) ^ 1;
    writeFileSync(path, bytes);
    const { problems } = await verifyRecordings({ storage, passphrase });
    expect(problems).toMatchObject([{ file: first().filePath, code: 'ERR_SEGMENT_COVER' }]);

    forgetRows(storage);
    const recorder = await Recorder.open({ storage, passphrase });
    recorder.on('error', () => {});
    await recorder.close();
    expect(recorder.recovery).toMatchObject({
      quarantined: [],
      problems: [{ file: first().filePath, code: 'ERR_SEGMENT_COVER' }],
    });
    expect(readFileSync(path)).toEqual(bytes);
  });

  it('keeps working under a name of another kind', async () => {
    const storage = copyOf(recorded);
    const [camera, day] = first().filePath.split('/') as [string, string];
    const name = `${Math.floor(first().startTime / 1000)}`;
    renameSync(join(storage, first().filePath), join(storage, camera, day, name));
    forgetRows(storage);
    const recorder = await Recorder.open({ storage, passphrase });
    await recorder.close();
    expect(recorder.recovery.problems).toEqual([]);
    expect(recorder.recovery.recovered.map(({ filePath }) => basename(filePath))).toContain(name);
  });
});

it('a hash does not follow from camera and time', async () => {
  const recorded = await record(10, { fileNames: 'hash' });
  onTestFinished(() => remove(recorded));
  for (const { filePath, startTime } of recorded.segments) {
    for (const time of [startTime, Math.floor(startTime / 1000)]) {
      for (const separator of ['', ':', '/', '_', '-', ' ', '+']) {
        const guess = createHash('sha256').update(`door${separator}${time}`).digest('hex');
        expect(guess).not.toContain(basename(filePath));
      }
    }
  }
});

it('version 1 has no room for a picture, and says so before anything is made', async () => {
  const storage = join(temporaryDirectory(), 'storage');
  const error = await rejectionOf(() =>
    Recorder.open({ storage, passphrase, formatVersion: 1, fileNames: 'jpeg' }),
  );
  expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  expect(error.message).toContain('formatVersion 1');
  expect(existsSync(storage)).toBe(false);

  const keys = await KeyManager.create({ directory: temporaryDirectory(), passphrase });
  onTestFinished(() => keys.close());
  const camera = new Camera({ id: 'door', url: 'rtsp://127.0.0.1:1/' });
  onTestFinished(() => camera.close());
  const options = { camera, storage, keys, formatVersion: 1, fileNames: 'jpeg' } as const;
  expect(thrownBy(() => new SegmentWriter(options)).message).toContain('formatVersion 1');
});

it.each(['JPEG', '', 5, null])('does not take %j for a kind of name', async (fileNames) => {
  const storage = join(temporaryDirectory(), 'storage');
  const error = await rejectionOf(() =>
    Recorder.open({ storage, passphrase, fileNames: fileNames as never }),
  );
  expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  expect(error.message).toContain('fileNames');
});
