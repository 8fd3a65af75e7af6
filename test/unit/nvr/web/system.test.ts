import { describe, expect, it } from 'vitest';
import type { StorageView, SystemStats } from '../../../../examples/nvr/protocol/index.js';
import { auditCsv, auditQuery } from '../../../../examples/nvr/web/system/audit-csv.js';
import { PLOTS, pointsOf } from '../../../../examples/nvr/web/system/plot-data.js';
import {
  checkRetention,
  deletedBy,
  retentionFormOf,
  retentionOf,
} from '../../../../examples/nvr/web/system/retention.js';

const DAY = 86_400_000;
const NOW = 100 * DAY;
const view: StorageView = {
  ...{ path: '/srv', totalBytes: 1000e9, freeBytes: 100e9, recordedBytes: 800e9 },
  retention: { maxDays: 30, minFreeBytes: 20e9 },
  cameras: [
    {
      ...{ cameraId: 'a', name: 'A', bytes: 600e9, segments: 9 },
      ...{ oldest: NOW - 20 * DAY, newest: NOW },
    },
    {
      ...{ cameraId: 'b', name: 'B', bytes: 200e9, segments: 3 },
      ...{ oldest: NOW - 5 * DAY, newest: NOW },
    },
  ],
};

describe('retention', () => {
  it('comes back from its form as it was', () => {
    expect(retentionOf(retentionFormOf(view.retention))).toEqual(view.retention);
    expect(checkRetention(retentionFormOf(view.retention))).toEqual({});
    const wrong = { maxDays: '0', maxGigabytes: 'x', minFreeGigabytes: '-1' };
    expect(Object.keys(checkRetention(wrong))).toHaveLength(3);
  });

  it('says what a shorter one deletes', () => {
    const form = { maxDays: '10', maxGigabytes: '700', minFreeGigabytes: '150' };
    expect(deletedBy(form, view, NOW)).toEqual([
      { why: 'age', bytes: 300e9, cameras: 1 },
      { why: 'size', bytes: 100e9, cameras: 2 },
      { why: 'free', bytes: 50e9, cameras: 2 },
    ]);
  });

  it('says nothing where nothing is deleted', () => {
    expect(deletedBy(retentionFormOf(view.retention), view, NOW)).toEqual([]);
    expect(deletedBy({ maxDays: '', maxGigabytes: '', minFreeGigabytes: '' }, view, NOW)).toEqual(
      [],
    );
  });
});

describe('the audit log as a file', () => {
  it('has its times in UTC and runs nothing in a spreadsheet', () => {
    const text = auditCsv([
      {
        ...{ sequence: 7, at: 0, actor: '=cmd', action: 'login', subject: '', outcome: 'ok' },
        detail: { address: '10.0.0.1' },
      },
    ]);
    expect(text.split('\r\n')[1]).toBe(
      `7,1970-01-01T00:00:00.000Z,'=cmd,login,,ok,"{""address"":""10.0.0.1""}"`,
    );
  });

  it('asks for what was filled in', () => {
    expect(auditQuery({ actor: ' ann ', action: '', from: '', to: 'x' })).toEqual({ actor: 'ann' });
    const { from } = auditQuery({ actor: '', action: '', from: '2026-11-22T10:00', to: '' });
    expect(from).toBe(new Date('2026-11-22T10:00').getTime());
  });
});

describe('the points of a plot', () => {
  const point = (at: number, cpuUsage: number) => ({ at, cpuUsage, gpuUsage: undefined });

  it('are in order, with a hole where the server was away', () => {
    const points = [point(300_000, 3), point(10_000, 1)] as unknown as SystemStats[];
    expect(pointsOf(points, ['cpuUsage', 'gpuUsage'])).toEqual([
      [10, 10.001, 300],
      [1, null, 3],
      [null, null, null],
    ]);
  });

  it('are never more than two lines, which differ in their dashes', () => {
    for (const { series } of PLOTS) expect(series.length).toBeLessThanOrEqual(2);
  });
});
