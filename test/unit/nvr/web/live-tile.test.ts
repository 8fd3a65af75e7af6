// What a tile says, how far it zooms, how passwords are judged, how cameras are grouped.
import { describe, expect, it } from 'vitest';
import type { CameraView } from '../../../../examples/nvr/protocol/cameras.js';
import { groupsOf } from '../../../../examples/nvr/web/live/camera-groups.js';
import {
  compromise,
  tileStatus,
  tileTrouble,
} from '../../../../examples/nvr/web/live/tile-words.js';
import { panned, WHOLE, zoomed } from '../../../../examples/nvr/web/live/zoom.js';
import { passwordStrength } from '../../../../examples/nvr/web/login/strength.js';
import { velocity } from '../../../../examples/nvr/web/ptz/moves.js';

const camera = (change: Partial<CameraView> = {}): CameraView => ({
  id: 'gate',
  name: 'Gate',
  enabled: true,
  status: 'LIVE',
  recording: true,
  main: { state: 'playing', codec: 'hvc1.1.6.L93.B0' },
  hasPtz: false,
  may: { live: true, archive: true, export: true, ptz: true, manage: true },
  ...change,
});
const state = {
  player: 'webcodecs',
  stream: undefined,
  showing: true,
  connection: 'open',
  sealed: false,
  route: undefined,
  stopped: undefined,
  failed: [],
} as const;

describe('a tile', () => {
  it('is live only while pictures are on the screen', () => {
    expect(tileStatus(camera(), state)).toBe('live');
    expect(tileStatus(camera(), { ...state, showing: false })).toBe('connecting');
    expect(tileStatus(camera({ status: 'STOPPED' }), state)).toBe('stopped');
  });

  it('says what the connection knows before what the list of cameras said', () => {
    const stopped = { code: 'ERR_RTSP_STALLED', message: '' };
    const off = { ...state, showing: false, stopped };
    expect(tileStatus(camera(), off)).toBe('offline');
    expect(tileTrouble(camera(), off)).toBe(stopped);
    const trouble = {
      code: 'ERR_RTSP_UNAUTHORIZED',
      message: '',
      severity: 'error',
      since: 0,
    } as const;
    const view = camera({ status: 'OFFLINE', trouble });
    expect(tileTrouble(view, { ...state, showing: false })).toBe(trouble);
    expect(tileTrouble(view, state)).toBeUndefined();
  });

  it('says why the picture is less than it could be', () => {
    const stream = {
      type: 'stream',
      cameraId: 'gate',
      stream: 1,
      wanted: 'FULLSCREEN',
      quality: 'GRID_VIEW',
      codec: 'avc1.64001f',
      width: 640,
      height: 360,
    } as const;
    // The sub stream of a small tile is no compromise, whatever its codec.
    expect(compromise({ ...state, stream })).toBeUndefined();
    const codec = { ...stream, reason: 'unsupported_codec' };
    expect(compromise({ ...state, stream: codec })).toBe('unsupportedCodec');
    const quota = { ...stream, reason: 'quota' };
    expect(compromise({ ...state, stream: quota })).toBe('quota');
    expect(compromise({ ...state, player: 'snapshot' })).toBe('snapshot');
  });
});

describe('digital zoom', () => {
  it('keeps the point under the pointer, and the picture over the tile', () => {
    const zoom = zoomed(WHOLE, 2, { x: 1, y: 0.5 });
    expect(zoom).toEqual({ factor: 2, x: -1, y: -0.5 });
    expect(zoomed(zoom, 100, { x: 0, y: 0 }).factor).toBe(8);
    expect(zoomed(zoom, 0.01, { x: 0.3, y: 0.3 })).toEqual(WHOLE);
    expect(panned(zoom, { x: 5, y: -5 })).toEqual({ factor: 2, x: 0, y: -1 });
  });
});

describe('the list of cameras', () => {
  it('finds all words of a search in name, group and id, and counts numbers as numbers', () => {
    const cameras = [
      camera({ id: 'a10', name: 'Dock 10', group: 'Outside' }),
      camera({ id: 'a2', name: 'Dock 2', group: 'Outside' }),
      camera({ id: 'b', name: '로비' }),
    ];
    expect(groupsOf(cameras, '', 'en').map((group) => group.name)).toEqual(['Outside', '']);
    const found = groupsOf(cameras, 'out DOCK', 'en')[0]?.cameras.map(({ name }) => name);
    expect(found).toEqual(['Dock 2', 'Dock 10']);
    expect(groupsOf(cameras, '로비', 'ko')[0]?.cameras).toHaveLength(1);
  });
});

describe('a new password', () => {
  it('is judged by what has to be guessed, not by odd characters', () => {
    expect(passwordStrength('Ab1!')).toBe(0);
    expect(passwordStrength('password1234')).toBe(1);
    expect(passwordStrength('administrator', ['administrator'])).toBe(1);
    expect(passwordStrength('aaaaaaaaaaaaaaaa')).toBe(1);
    expect(passwordStrength('correct horse battery staple')).toBe(4);
    expect(passwordStrength('x'.repeat(300))).toBe(0);
  });
});

describe('a move of a camera', () => {
  it('ends by itself, and goes as fast as was chosen', () => {
    expect(velocity('upLeft', 0.5)).toEqual({
      action: 'move',
      pan: -0.5,
      tilt: 0.5,
      zoom: 0,
      durationMs: 1000,
    });
  });
});
