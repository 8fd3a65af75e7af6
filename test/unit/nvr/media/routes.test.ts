import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RtspSimulator } from '../../../../src/index.js';
import { makeClip } from '../../clip.js';
import { hasFrames, until } from '../../recording/recorded.js';
import { temporaryDirectory } from '../../temporary-directory.js';
import { type Served, serve, userOf } from '../server/served.js';

/** An NVR that has recorded two cameras for a while, and a token of its administrator. */
async function recorded(): Promise<{ served: Served; admin: string; segment: string }> {
  const simulator = await RtspSimulator.start({ clip: makeClip(temporaryDirectory()), cameras: 2 });
  onTestFinished(() => simulator.close());
  const served = await serve();
  const admin = await served.setUp();
  for (const [i, url] of simulator.urls.entries()) {
    const body = { id: `cam${i + 1}`, name: `Camera ${i + 1}`, url };
    const made = await served.ask('POST', '/api/cameras', { token: admin, body });
    expect(made.statusCode).toBe(201);
  }
  const { recorder } = served.nvr;
  const { index } = recorder;
  await until(() => hasFrames(recorder, 40));
  // A camera that is stopped ends its segment.
  for (const id of ['cam1', 'cam2']) {
    for (const what of ['stop', 'start']) {
      await served.ask('POST', `/api/cameras/${id}/${what}`, { token: admin });
    }
  }
  await until(() => index.count() >= 2);
  const [row] = index.segments({ cameraId: 'cam1', limit: 1 });
  return { served, admin, segment: String(row?.id) };
}

describe('footage over REST', () => {
  it('is listed, shown on a timeline, fetched in ranges, and deleted; by who may', async () => {
    const { served, admin, segment } = await recorded();
    const { ask } = served;
    const get = (url: string, token = admin, headers = {}) => ask('GET', url, { token, headers });

    const list = await get('/api/recordings?camera=cam1&limit=1');
    expect(list.json().items).toMatchObject([{ id: segment, cameraId: 'cam1', stream: 'main' }]);
    const { start, end } = list.json().items[0];
    const timeline = await get(`/api/timeline?cameras=cam1,cam2&start=${start - 1000}&end=${end}`);
    expect(timeline.json().cameras.map((row: { cameraId: string }) => row.cameraId)).toEqual([
      'cam1',
      'cam2',
    ]);
    const days = await get('/api/recordings/days?camera=cam1');
    expect(days.json().items[0].day).toBe(new Date(start).toISOString().slice(0, 10));

    const url = `/api/recordings/${segment}/download`;
    const whole = await get(url);
    expect(whole.statusCode).toBe(200);
    expect(whole.headers).toMatchObject({
      'content-type': 'video/x-matroska',
      'accept-ranges': 'bytes',
      'cache-control': expect.stringContaining('immutable'),
      'content-disposition': expect.stringMatching(/^attachment; filename="cam1-/),
    });
    const bytes = whole.rawPayload;
    expect(bytes.readUInt32BE(0)).toBe(0x1a45dfa3);
    const etag = String(whole.headers.etag);
    const part = await get(url, admin, { range: 'bytes=4-99' });
    expect(part.statusCode).toBe(206);
    expect(part.headers['content-range']).toBe(`bytes 4-99/${bytes.length}`);
    expect(part.rawPayload.equals(bytes.subarray(4, 100))).toBe(true);
    const tail = await get(url, admin, { range: 'bytes=-10', 'if-range': etag });
    expect(tail.rawPayload.equals(bytes.subarray(-10))).toBe(true);
    const changed = await get(url, admin, { range: 'bytes=0-0', 'if-range': '"other"' });
    expect([changed.statusCode, changed.rawPayload.length]).toEqual([200, bytes.length]);
    const beyond = await get(url, admin, { range: `bytes=${bytes.length}-` });
    expect(beyond.statusCode).toBe(416);
    expect(beyond.headers['content-range']).toBe(`bytes */${bytes.length}`);
    expect((await get(url, admin, { 'if-none-match': etag })).statusCode).toBe(304);
    const head = await ask('HEAD', url, { token: admin });
    expect([head.statusCode, head.headers['content-length']]).toEqual([200, String(bytes.length)]);
    expect(head.rawPayload).toHaveLength(0);

    const picture = await get(`/api/cameras/cam1/thumbnail?time=${start + 500}&width=160`);
    expect(picture.headers['content-type']).toBe('image/jpeg');
    expect(picture.rawPayload.readUInt16BE(0)).toBe(0xffd8);
    const live = await get('/api/cameras/cam2/snapshot?width=320');
    expect(live.rawPayload.readUInt16BE(0)).toBe(0xffd8);
    expect(live.headers['cache-control']).toBe('no-store');
    const none = await get('/api/cameras/cam1/thumbnail?time=1000');
    expect([none.statusCode, none.json().code]).toEqual([404, 'ERR_NO_FOOTAGE']);

    const operator = await userOf(served, 'OPERATOR');
    expect(
      (await ask('DELETE', `/api/recordings/${segment}`, { token: operator })).statusCode,
    ).toBe(403);
    expect((await ask('DELETE', `/api/recordings/${segment}`, { token: admin })).statusCode).toBe(
      204,
    );
    expect((await get(url)).statusCode).toBe(404);
    const [entry] = served.nvr.keys.audit.list({ action: 'recording.delete' });
    expect(entry).toMatchObject({ actor: 'admin', subject: 'cam1' });
  });

  it('of a forbidden camera is answered as that of one that is not there', async () => {
    const { served, admin, segment } = await recorded();
    const viewer = await userOf(served, 'VIEWER', { allowedCameras: ['cam2'] });
    const { ask } = served;
    const at = served.nvr.recorder.index.segments({ limit: 1 })[0]?.startTime as number;
    const pathsOf = (camera: string) => [
      `/api/recordings?camera=${camera}`,
      `/api/timeline?cameras=cam2,${camera}&start=${at}&end=${at + 1000}`,
      `/api/recordings/days?camera=${camera}`,
      `/api/cameras/${camera}/thumbnail?time=${at}`,
      `/api/cameras/${camera}/snapshot`,
      `/api/events?cameras=${camera}`,
    ];
    const hidden = pathsOf('cam1');
    for (const [i, unknown] of pathsOf('cam7').entries()) {
      const answers = await Promise.all(
        [hidden[i] as string, unknown].map((url) => ask('GET', url, { token: viewer })),
      );
      const told = answers.map((answer) => {
        const { instance: _, ...problem } = answer.json();
        return JSON.stringify(problem).replaceAll(/cam\d|'\d+'/g, 'x');
      });
      expect([answers[0]?.statusCode, told[0]]).toEqual([404, told[1]]);
    }
    const event = { cameraId: 'cam1', event: 'bookmark' };
    expect((await ask('POST', '/api/events', { token: viewer, body: event })).statusCode).toBe(404);
    const body = { cameras: ['cam1'], start: at, end: at + 1000 };
    expect((await ask('POST', '/api/recordings/export', { token: viewer, body })).statusCode).toBe(
      403,
    );
    const operator = await userOf(served, 'OPERATOR', { allowedCameras: ['cam2'] });
    // To take footage away is another right than to look at it.
    for (const [token, status] of [
      [viewer, 403],
      [operator, 404],
    ] as const) {
      for (const id of [segment, '999999']) {
        const answer = await ask('GET', `/api/recordings/${id}/download`, { token });
        expect(answer.statusCode).toBe(status);
      }
    }
    expect(
      (await ask('POST', '/api/recordings/export', { token: operator, body })).statusCode,
    ).toBe(404);
    expect((await ask('POST', '/api/recordings/export', { token: admin, body })).statusCode).toBe(
      202,
    );
  });

  it('is exported by a job whose files its owner and administrators fetch, and nobody else', async () => {
    const { served, admin } = await recorded();
    const { ask } = served;
    const operator = await userOf(served, 'OPERATOR');
    const other = await userOf(served, 'OPERATOR');
    const [row] = served.nvr.recorder.index.segments({ cameraId: 'cam1', limit: 1 });
    const [start, end] = [row?.startTime, row?.endTime];
    const body = { cameras: ['cam1'], start, end, format: 'mkv', reason: 'case 8' };
    const made = await ask('POST', '/api/recordings/export', { token: operator, body });
    const { id } = made.json();
    const job = async (token: string) => ask('GET', `/api/exports/${id}`, { token });
    let state = '';
    while (state !== 'done') {
      // Requests that are injected leave no turn to anything else.
      await new Promise((resolve) => setTimeout(resolve, 20));
      state = (await job(operator)).json().state;
      expect(state).not.toBe('failed');
    }
    const [file] = (await job(operator)).json().files;
    const url = `/api/exports/${id}/files/${file.name}`;
    for (const token of [operator, admin]) {
      const answer = await ask('GET', url, { token });
      const sha256 = createHash('sha256').update(answer.rawPayload).digest('hex');
      expect([answer.statusCode, sha256]).toEqual([200, file.sha256]);
    }
    const archive = `/api/exports/${id}/archive`;
    const packed = await ask('GET', archive, { token: operator });
    expect([packed.statusCode, packed.headers['content-type']]).toEqual([200, 'application/x-tar']);
    expect(packed.rawPayload.includes(file.name)).toBe(true);
    expect((await job(other)).statusCode).toBe(404);
    for (const path of [url, archive]) {
      expect((await ask('GET', path, { token: other })).statusCode).toBe(404);
    }
    expect((await ask('GET', '/api/exports', { token: other })).json().items).toEqual([]);
    expect((await ask('GET', '/api/exports', { token: admin })).json().items).toHaveLength(1);
    for (const name of ['..%2fjob.json', '%2e%2e/job.json', 'x%00', '../../keys/store.json']) {
      const answer = await ask('GET', `/api/exports/${id}/files/${name}`, { token: admin });
      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    }
    const [entry] = served.nvr.keys.audit.list({ action: 'export.create' });
    expect(entry?.detail).toMatchObject({ cameras: ['cam1'], reason: 'case 8' });
    expect((await ask('DELETE', `/api/exports/${id}`, { token: operator })).statusCode).toBe(204);
    expect((await job(operator)).statusCode).toBe(404);
  });

  it('has bookmarks and events, the newest first', async () => {
    const { served, admin } = await recorded();
    const { ask } = served;
    const told: string[] = [];
    const now = Date.now();
    for (const i of [1, 2, 3]) {
      const body = { cameraId: 'cam1', event: 'bookmark', start: now - i * 1000, note: `<b>${i}` };
      const made = await ask('POST', '/api/events', { token: admin, body });
      expect(made.statusCode).toBe(201);
      told.push(made.json().id);
    }
    const first = (await ask('GET', '/api/events?limit=2', { token: admin })).json();
    expect(first.items.map(({ id }: { id: string }) => id)).toEqual(told.slice(0, 2));
    expect(first.items[0]).toMatchObject({ metadata: { username: 'admin', note: '<b>1' } });
    const next = `/api/events?limit=2&cursor=${first.cursor}`;
    const second = (await ask('GET', next, { token: admin })).json();
    expect(second.items.map(({ id }: { id: string }) => id)).toEqual(told.slice(2));
    expect(second.cursor).toBeUndefined();
  });
});
