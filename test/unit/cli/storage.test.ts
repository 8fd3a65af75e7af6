// fluxvision storage, check, and what record keeps.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { byteSize } from '../../../src/cli/byte-size.js';
import type { SegmentRecord } from '../../../src/index.js';
import {
  copyOf,
  passphrase,
  type Recorded,
  record,
  remove,
  simulate,
} from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { fluxvision } from './run.js';

beforeEach(() => {
  vi.stubEnv('FLUXVISION_PASSPHRASE', passphrase);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
});

let recorded: Recorded;
beforeAll(async () => {
  recorded = await record(110);
});
afterAll(() => remove(recorded));

describe('fluxvision storage', () => {
  it('shows what each camera takes, and what is free', async () => {
    const { code, stdout } = await fluxvision('storage', '--storage', recorded.storage);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^CAMERA +SEGMENTS +SIZE +RECORDED +OLDEST +NEWEST$/m);
    expect(stdout).toMatch(/^door +\d/m);
    expect(stdout).toMatch(/free\.$/m);
  });

  it('prints the same as JSON', async () => {
    const { stdout } = await fluxvision('storage', '--storage', recorded.storage, '--json');
    const { cameras, disk } = JSON.parse(stdout);
    const sum = (of: (segment: SegmentRecord) => number) =>
      recorded.segments.reduce((total, segment) => total + of(segment), 0);
    expect(cameras).toEqual([
      {
        id: 'door',
        segments: recorded.segments.length,
        bytes: sum(({ fileSize }) => fileSize),
        frames: sum(({ frames }) => frames),
        recordedMs: sum(({ startTime, endTime }) => endTime - startTime),
        oldest: recorded.segments[0]?.startTime,
        newest: recorded.segments.at(-1)?.endTime,
      },
    ]);
    expect(disk.totalBytes).toBeGreaterThan(disk.freeBytes);
  });
});

describe('fluxvision check', () => {
  it('says that all is in order, without any secret', async () => {
    vi.stubEnv('FLUXVISION_PASSPHRASE', '');
    const { code, stdout } = await fluxvision('check', '--storage', recorded.storage);
    expect(code).toBe(0);
    expect(stdout).toContain('all in order');
  });

  it('exits with 1 where a file is gone, and with 0 once that is repaired', async () => {
    const storage = copyOf(recorded);
    const { filePath } = recorded.segments[0] as SegmentRecord;
    rmSync(join(storage, filePath));
    const found = await fluxvision('check', '--storage', storage, '--quick');
    expect(found.code).toBe(1);
    expect(found.stdout).toContain('ERR_SEGMENT_MISSING');
    expect(found.stdout).toContain(filePath);
    const mended = await fluxvision('check', '--storage', storage, '--repair', '--json');
    expect(mended.code).toBe(0);
    expect(JSON.parse(mended.stdout)).toMatchObject({
      ok: true,
      problems: [{ code: 'ERR_SEGMENT_MISSING', file: filePath, repaired: true }],
    });
    expect((await fluxvision('check', '--storage', storage, '--hash')).code).toBe(0);
  });

  it('says where there is no storage', async () => {
    const { code, stderr } = await fluxvision('check', '--storage', temporaryDirectory());
    expect(code).toBe(1);
    expect(stderr).toContain('ERR_STORAGE_NOT_FOUND');
  });
});

describe('fluxvision record', () => {
  it('keeps what its options say', async () => {
    const storage = copyOf(recorded);
    const simulator = await simulate();
    const { code, stdout } = await fluxvision(
      ...['record', '--storage', storage, '--camera', `yard=${simulator.urls[0]}`, '--json'],
      ...['--duration', '3', '--segment', '2', '--max-bytes', '1'],
    );
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.find(({ event }) => event === 'retention')).toMatchObject({
      byReason: { maxBytes: recorded.segments.length },
    });
    const { stdout: left } = await fluxvision('segments', '--storage', storage, '--json');
    const cameras = (JSON.parse(left) as SegmentRecord[]).map(({ cameraId }) => cameraId);
    expect(cameras).not.toContain('door');
  });

  it('makes no storage with --no-create, and no keys either', async () => {
    const storage = temporaryDirectory();
    const { code, stderr } = await fluxvision(
      ...['record', '--storage', storage, '--camera', 'a=rtsp://127.0.0.1:1/', '--no-create'],
    );
    expect(code).toBe(1);
    expect(stderr).toContain('ERR_STORAGE_MISSING');
    expect(existsSync(join(storage, 'keys'))).toBe(false);
  });
});

it('sizes are bytes, or have a unit', () => {
  expect(byteSize('1500')).toBe(1500);
  expect(byteSize('2k')).toBe(2048);
  expect(byteSize('1.5GiB')).toBe(1.5 * 1024 ** 3);
  expect(byteSize('3TB')).toBe(3 * 1024 ** 4);
  for (const wrong of ['', 'x', '-1', '5X', '1e30', '99999999P']) {
    expect(() => byteSize(wrong), wrong).toThrow(InvalidArgumentError);
  }
});
