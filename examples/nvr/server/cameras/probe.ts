// Tries an address out before it is kept: does it play, and what does the device behind it offer?
import { Camera, FluxError, isFluxError, OnvifDevice } from '@fluxvision/core';
import type {
  CameraTest,
  CameraTestResult,
  OnvifProbe,
  OnvifProbeResult,
} from '../../protocol/index.js';
import { withoutCredentials } from '../logs.js';
import type { Nvr } from '../nvr.js';
import {
  type AddressRules,
  onvifAddress,
  pinned,
  refusedAddresses,
  streamAddress,
} from './address.js';
import { publicConfig } from './change.js';

const CONNECT_MS = 5000;
const WAIT_MS = 8000;
/** Of rates: a second or two of any camera. */
const MEASURE_MS = 1500;
const PICTURE_WIDTH = 640;
const MAX_PROFILES = 16;

/** Plays for a moment and records nothing. What goes wrong is in the answer. `ERR_ADDRESS_REFUSED`. */
export async function testCamera(nvr: Nvr, request: CameraTest): Promise<CameraTestResult> {
  const known = request.id === undefined ? undefined : nvr.cameras.settings(request.id);
  const shownUrl = known && publicConfig(known).url;
  const address = streamAddress(
    known && request.url === shownUrl ? known.url : request.url,
    rulesOf(nvr),
  );
  const username = request.username ?? address.username ?? known?.username;
  // A password goes to the camera that it is of, and to no other host.
  const sameHost = known && new URL(known.url).host === new URL(address.url).host;
  const password = request.password ?? address.password ?? (sameHost ? known.password : undefined);
  const camera = new Camera({
    ...{ id: 'test', connectTimeoutMs: CONNECT_MS },
    ...(await pinned(address.url, rulesOf(nvr))),
    refusedAddresses: refusedAddresses(rulesOf(nvr)),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(request.transport !== undefined && { transport: request.transport }),
  });
  try {
    const parameters = new Promise<void>((resolve) => camera.once('parameters', () => resolve()));
    const failed = new Promise<FluxError>((resolve) =>
      camera.on('state', ({ error }) => error && resolve(error)),
    );
    camera.start();
    const late = new FluxError('ERR_TIMEOUT', `There was no picture within ${WAIT_MS / 1000} s.`);
    const error = await Promise.race([parameters, failed, after(WAIT_MS, late)]);
    return error ? failure(error) : await result(camera);
  } finally {
    await camera.close();
  }
}

/** What it sends, measured for a moment, and its first picture; one that does not decode is left out. */
async function result(camera: Camera): Promise<CameraTestResult> {
  const rates = measure(camera);
  const picture = await camera
    .snapshot({ width: PICTURE_WIDTH, timeoutMs: WAIT_MS })
    .catch((error: unknown) => {
      if (isFluxError(error)) return undefined;
      throw error;
    });
  const { bitsPerSecond, framesPerSecond } = await rates;
  const { codec, width, height, frameRate = 0 } = camera.parameters ?? {};
  return {
    ok: true,
    stream: {
      ...{ state: 'playing', bitsPerSecond, frameRate: frameRate || framesPerSecond },
      ...(codec !== undefined && { codec, width, height }),
    },
    ...(picture && { picture: picture.data.toString('base64') }),
  };
}

async function measure(camera: Camera) {
  const [from, before] = [Date.now(), camera.stats()];
  await after(MEASURE_MS, undefined);
  const [seconds, now] = [(Date.now() - from) / 1000, camera.stats()];
  return {
    bitsPerSecond: Math.round(((now.bytesReceived - before.bytesReceived) * 8) / seconds),
    framesPerSecond: Math.round((now.accessUnits - before.accessUnits) / seconds),
  };
}

/** `ERR_ADDRESS_REFUSED`, and what the device answers. Addresses that it reports keep its own host. */
export async function probeOnvif(nvr: Nvr, request: OnvifProbe): Promise<OnvifProbeResult> {
  const address = onvifAddress(request.onvifUrl, rulesOf(nvr));
  const username = request.username ?? address.username;
  const password = request.password ?? address.password;
  const reached = await pinned(address.url, rulesOf(nvr));
  const device = await OnvifDevice.connect({
    ...reached,
    timeoutMs: CONNECT_MS,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  });
  const profiles = [];
  for (const profile of (await device.profiles()).slice(0, MAX_PROFILES)) {
    const uri = await device.streamUri(profile).catch((error: unknown) => {
      if (isFluxError(error)) return undefined;
      throw error;
    });
    if (!uri) continue;
    const { name, video } = profile;
    profiles.push({
      ...{ name, url: named(withoutCredentials(uri.uri), reached.url, address.url) },
      ...(video && { codec: video.codec, width: video.width, height: video.height }),
      ...(video?.frameRate !== undefined && { frameRate: video.frameRate }),
    });
  }
  const { manufacturer, model } = device.information;
  return { manufacturer, model, hasPtz: device.capabilities.ptz, profiles };
}

/** An address that the device gave, with the name by which it was asked in the place of its number. */
function named(uri: string, reached: string, asked: string): string {
  const url = new URL(uri);
  if (url.hostname !== new URL(reached).hostname) return uri;
  url.hostname = new URL(asked).hostname;
  return url.href;
}

function rulesOf(nvr: Nvr): AddressRules {
  return { allowLoopback: nvr.config.allowLoopbackCameras ?? false };
}

function failure({ code, message }: FluxError): CameraTestResult {
  return {
    ok: false,
    trouble: {
      ...{ code, severity: 'error', since: Date.now() },
      message: withoutCredentials(message),
    },
  };
}

function after<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), ms).unref());
}
