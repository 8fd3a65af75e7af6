import { describe, expect, it } from 'vitest';
import type { CameraConfig } from '../../../../examples/nvr/protocol/index.js';
import {
  changeOf,
  checkForm,
  checkStreamUrl,
  EMPTY_FORM,
  formOf,
  newCameraOf,
  splitCredentials,
} from '../../../../examples/nvr/web/cameras/camera-form.js';
import { chooseProfiles } from '../../../../examples/nvr/web/cameras/profiles.js';
import {
  addCorner,
  areaOf,
  moveCorner,
  moveZone,
  newZone,
  removeCorner,
} from '../../../../examples/nvr/web/cameras/zones.js';

const config: CameraConfig = {
  id: 'gate',
  name: 'Gate',
  url: 'rtsp://192.0.2.7/main',
  username: 'viewer',
  hasPassword: true,
  transport: 'tcp',
  audio: false,
  onvifEvents: false,
  enabled: true,
  recording: {
    mode: 'schedule',
    schedule: [{ days: [1, 2], from: '08:15', to: '17:00', mode: 'continuous' }],
    subStream: true,
    preRollSeconds: 5,
    postRollSeconds: 10,
  },
  motion: { enabled: true, sensitivity: 60, zones: [] },
  retention: { maxDays: 30, maxBytes: 250_000_000_000 },
};

describe('the form of a camera', () => {
  it('comes back from the server as it was sent, without a password', () => {
    const { id, hasPassword, enabled, ...sent } = config;
    expect(formOf(config).password).toBe('');
    expect(changeOf(formOf(config), config)).toEqual(sent);
  });

  it('sends a password only where one was typed, and none to remove it', () => {
    const form = formOf(config);
    expect(changeOf({ ...form, password: 'secret' }, config).password).toBe('secret');
    expect(changeOf({ ...form, password: 'x', removePassword: true }, config).password).toBe('');
    expect(newCameraOf({ ...EMPTY_FORM, name: ' Yard ', url: 'rtsp://a/b' })).toMatchObject({
      name: 'Yard',
      url: 'rtsp://a/b',
    });
  });

  it('takes away the text of a field that was emptied, and of no other', () => {
    const change = changeOf({ ...formOf(config), username: ' ' }, config);
    expect(change.username).toBe('');
    expect(change).not.toHaveProperty('group');
  });

  it('has nothing to object to in what the server sent', () => {
    expect(checkForm(formOf(config))).toEqual({});
  });

  it('names each field that is wrong', () => {
    const wrong = {
      ...EMPTY_FORM,
      ...{ name: ' ', url: 'file:///etc/passwd', subUrl: 'rtsp://', onvifUrl: 'camera' },
      ...{ fingerprint: 'abc', preRollSeconds: '61', postRollSeconds: '', maxDays: '0' },
      ...{ maxGigabytes: '-1', mode: 'schedule' as const, week: [] },
    };
    expect(Object.keys(checkForm(wrong)).sort()).toEqual([
      ...['fingerprint', 'maxDays', 'maxGigabytes', 'name', 'onvifUrl', 'postRollSeconds'],
      ...['preRollSeconds', 'subUrl', 'url', 'week'],
    ]);
  });

  it('takes addresses of cameras and no other', () => {
    for (const url of [
      'rtsp://10.0.0.2/ch1',
      'RTSPS://cam:322/a?b=c',
      'rtsp+http://c/x',
      'http://c',
    ]) {
      expect(checkStreamUrl(url)).toBeUndefined();
    }
    expect(checkStreamUrl('')).toBe('errors.urlMissing');
    expect(checkStreamUrl('exec:ls')).toBe('errors.url');
    expect(checkStreamUrl('rtsp://a b/c')).toBe('errors.url');
    expect(checkStreamUrl('javascript://x')).toBe('errors.urlScheme');
    expect(checkStreamUrl('rtsp://user:pass@camera/1')).toBe('errors.urlCredentials');
  });

  it('moves credentials out of a pasted address', () => {
    expect(splitCredentials(' rtsp://ad%40min:p:w@cam:554/1?x=@ ')).toEqual({
      url: 'rtsp://cam:554/1?x=@',
      username: 'ad@min',
      password: 'p:w',
    });
    expect(splitCredentials('rtsp://cam/path@2')).toEqual({ url: 'rtsp://cam/path@2' });
    expect(splitCredentials('rtsp://%zz@cam')).toEqual({ url: 'rtsp://cam', username: '%zz' });
  });
});

describe('the choice of streams', () => {
  const profile = (name: string, codec: string, width: number, height: number) => ({
    ...{ name, codec, width, height, url: `rtsp://c/${name}`, frameRate: 25 },
  });

  it('takes the largest as main and one near the size of a tile as sub', () => {
    const profiles = [
      profile('tiny', 'H264', 176, 144),
      profile('sub', 'H264', 704, 576),
      profile('main', 'H265', 3840, 2160),
      profile('mid', 'H264', 1920, 1080),
    ];
    const { main, sub } = chooseProfiles(profiles);
    expect([main?.name, sub?.name]).toEqual(['main', 'sub']);
  });

  it('prefers what can be recorded and shown over what is larger', () => {
    const { main, sub } = chooseProfiles([
      profile('jpeg', 'JPEG', 4000, 3000),
      profile('h265', 'H.265', 640, 360),
      profile('avc', 'h264', 1280, 720),
      profile('small', 'h264', 320, 240),
    ]);
    expect([main?.name, sub?.name]).toEqual(['avc', 'small']);
  });

  it('is none where there is none, and no sub where there is one stream twice', () => {
    expect(chooseProfiles([])).toEqual({});
    const one = profile('a', 'H264', 1920, 1080);
    expect(chooseProfiles([one, { ...one, name: 'again' }])).toEqual({ main: one });
  });
});

describe('motion zones', () => {
  it('stay inside the picture', () => {
    const zone = newZone('door');
    expect(moveCorner(zone, 0, [-1, 2]).points[0]).toEqual([0, 1]);
    const moved = moveZone(zone, 5, -0.1);
    expect(moved.points[1]).toEqual([1, 0.15]);
    expect(areaOf(moved)).toBeCloseTo(areaOf(zone));
  });

  it('get corners between two others, and keep three', () => {
    const five = addCorner(newZone('door'), 3);
    expect(five.points[4]).toEqual([0.25, 0.5]);
    const three = removeCorner(removeCorner(five, 0), 0);
    expect(three.points).toHaveLength(3);
    expect(removeCorner(three, 0)).toBe(three);
  });
});
