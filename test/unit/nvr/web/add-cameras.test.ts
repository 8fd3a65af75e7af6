import { describe, expect, it } from 'vitest';
import {
  atStep,
  draftOfDevice,
  draftOfUrl,
  newCameraOfDraft,
  probeOf,
  put,
  ready,
  withFailure,
  withLogin,
  withProfiles,
  withTest,
} from '../../../../examples/nvr/web/cameras/wizard-state.js';

const device = { name: 'Gate', onvifUrl: 'http://10.0.0.7/onvif', address: '10.0.0.7' };
const login = { username: 'nvr', password: 'secret' };
const profile = (url: string, width: number, height: number) => ({
  ...{ name: url, url, codec: 'H264', width, height },
});

describe('a camera that is added', () => {
  it('goes from the network by login, profiles and test to what is saved', () => {
    const asked = withLogin(draftOfDevice(device), login);
    expect(probeOf(asked)).toEqual({ onvifUrl: device.onvifUrl, ...login });
    const known = withProfiles(asked, {
      ...{ manufacturer: 'Acme', model: 'X1', hasPtz: true },
      profiles: [profile('rtsp://10.0.0.7/1', 1920, 1080), profile('rtsp://10.0.0.7/2', 640, 360)],
    });
    const tested = withTest(known, { ok: true });
    expect(ready([tested])).toEqual([tested]);
    expect(newCameraOfDraft(tested)).toMatchObject({
      ...{ name: 'Gate', url: 'rtsp://10.0.0.7/1', subUrl: 'rtsp://10.0.0.7/2' },
      ...{ onvifUrl: device.onvifUrl, ...login },
    });
  });

  it('takes its login out of a pasted address, and its name from the host', () => {
    expect(draftOfUrl('rtsp://a:b@cam.example:554/1')).toMatchObject({
      ...{ key: 'rtsp://cam.example:554/1', name: 'cam.example' },
      ...{ username: 'a', password: 'b', onvifUrl: '' },
    });
  });

  it('is not added where its test failed, or it has no name', () => {
    const good = withTest(draftOfUrl('rtsp://cam/1'), { ok: true });
    expect(ready([withTest(good, { ok: false }), { ...good, name: ' ' }])).toEqual([]);
  });

  it('forgets a failure when it is tried again, and keeps its picture while it is saved', () => {
    const failed = withFailure(draftOfUrl('rtsp://cam/1'), new Error('no'));
    expect(atStep(failed, 'testing')).not.toHaveProperty('error');
    const good = withTest(failed, { ok: true, picture: 'AA==' });
    expect(atStep(good, 'saving').test?.picture).toBe('AA==');
    expect(atStep(good, 'testing')).not.toHaveProperty('test');
  });

  it('stays in its place in the list', () => {
    const [a, b] = [draftOfUrl('rtsp://a/1'), draftOfUrl('rtsp://b/1')];
    const list = put(put([], a), b);
    expect(put(list, { ...a, name: 'A' }).map(({ name }) => name)).toEqual(['A', 'b']);
  });
});
