// vms-v2-plan Phase 8, "Multi-Client Server": many clients of one server cost it no more pictures. (Its
// session security: attacks/; its throttling: test/unit/live/quota.test.ts.)
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readPictureHeader } from '../../../examples/nvr/protocol/index.js';
import { streamingOf } from '../../../examples/nvr/server/streaming.js';
import type { Socket } from './support/client.js';
import { type CountedCameras, countedCameras } from './support/journey.js';
import { startNvr } from './support/nvr.js';

let cameras: CountedCameras;

beforeAll(async () => {
  cameras = await countedCameras(8);
});

afterAll(async () => {
  await cameras?.close();
});

describe('eight clients of one server', () => {
  it('get their own cameras, of each of which every picture is made ready once', async () => {
    const nvr = await startNvr({ cameras: cameras.cameras });
    onTestFinished(() => nvr.close());
    const clients: { socket: Socket; ids: string[] }[] = [];
    for (let index = 0; index < 8; index++) {
      // One after the other: eight logins at once are what an attacker does.
      const client = await nvr.loginAs('admin');
      const socket = client.socket('/ws/live');
      onTestFinished(() => socket.end());
      expect(await socket.opened).toBe(101);
      const ids = [0, 1, 2, 3].map((offset) => `cam${((index + offset) % 8) + 1}`);
      socket.send({ type: 'hello', codecs: ['h264'] });
      socket.send({
        type: 'subscribe',
        cameras: ids.map((id) => ({ id, quality: 'GRID_VIEW' })),
      });
      clients.push({ socket, ids });
    }
    for (const { socket, ids } of clients) {
      await socket.until(() => shownBy(socket).size === 4, 20_000);
      expect([...shownBy(socket).keys()].sort()).toEqual([...ids].sort());
    }
    const { broadcaster } = streamingOf(nvr.nvr);
    const before = broadcaster.stats();
    const sentBefore = sentOfAll();
    expect(before.viewers).toBe(8);
    expect(before.streams.map(({ cameraId }) => cameraId).sort()).toEqual(
      cameras.cameras.map(({ id }) => id),
    );
    expect(before.streams.every(({ viewers, passthrough }) => viewers === 4 && passthrough)).toBe(
      true,
    );
    for (const { socket } of clients) {
      const now = socket.pictures.length;
      await socket.until(() => socket.pictures.length > now + 100, 20_000);
    }
    const made = broadcaster.stats().fragments - before.fragments;
    const sent = sentOfAll() - sentBefore;
    expect(made).toBeGreaterThan(100);
    // As many as the cameras sent meanwhile, not four times as many; some are under way.
    expect(Math.abs(made - sent)).toBeLessThan(sent / 4 + 16);
  });

  function sentOfAll(): number {
    return cameras.cameras.reduce((sum, _, index) => sum + cameras.sentCount(index, 'sub'), 0);
  }

  /** Pictures that came, by camera. */
  function shownBy(socket: Socket): Map<string, number> {
    const cameraOf = new Map<number, string>(
      socket.messages.filter(({ type }) => type === 'stream').map((m) => [m.stream, m.cameraId]),
    );
    const counts = new Map<string, number>();
    for (const message of socket.pictures) {
      const header = readPictureHeader(message);
      const id = header && cameraOf.get(header.stream);
      if (!id || header.kind !== 'fragment') continue;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return counts;
  }
});
