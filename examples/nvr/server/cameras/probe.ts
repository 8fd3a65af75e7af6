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
import { type AddressRules, onvifAddress, pinned, resolvedHost, streamAddress } from './address.js';
import { publicConfig } from './change.js';

const CONNECT_MS = 5000;
const WAIT_MS = 8000;
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
  await resolvedHost(address.url, rulesOf(nvr));
  const camera = new Camera({
    ...{ id: 'test', url: address.url, connectTimeoutMs: CONNECT_MS },
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
    if (error) return failure(error);
    const { codec, width, height, frameRate } = camera.parameters ?? {};
    return {
      ok: true,
      stream: {
        state: 'playing',
        ...(codec !== undefined && { codec, width, height }),
        ...(frameRate && { frameRate }),
      },
    };
  } finally {
    await camera.close();
  }
}

/** `ERR_ADDRESS_REFUSED`, and what the device answers. Addresses that it reports keep its own host. */
export async function probeOnvif(nvr: Nvr, request: OnvifProbe): Promise<OnvifProbeResult> {
  const address = onvifAddress(request.onvifUrl, rulesOf(nvr));
  const username = request.username ?? address.username;
  const password = request.password ?? address.password;
  const device = await OnvifDevice.connect({
    url: await pinned(address.url, rulesOf(nvr)),
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
      ...{ name, url: withoutCredentials(uri.uri) },
      ...(video && { codec: video.codec, width: video.width, height: video.height }),
      ...(video?.frameRate !== undefined && { frameRate: video.frameRate }),
    });
  }
  const { manufacturer, model } = device.information;
  return { manufacturer, model, hasPtz: device.capabilities.ptz, profiles };
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
