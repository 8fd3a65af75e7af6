// Viewers for tests: simulated cameras, and what their connections got, taken apart.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type InitMessage,
  type PictureHeader,
  readInit,
  readPictureHeader,
} from '../../../examples/nvr/protocol/picture.js';
import {
  Camera,
  RtspSimulator,
  type RtspSimulatorOptions,
  StreamBroadcaster,
  type StreamBroadcasterOptions,
  type StreamInfo,
  type StreamStop,
  type Viewer,
  type ViewerOptions,
} from '../../../src/index.js';
import { makeClip } from '../clip.js';
import { until } from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';

export { until };

/** A connection: what it got, and of this the events in their places. */
export class Watching {
  readonly messages: Buffer[] = [];
  readonly streams: StreamInfo[] = [];
  readonly stops: StreamStop[] = [];
  readonly drops: { cameraId: string; frames: number }[] = [];
  /** What the connection says has not left. */
  waiting = 0;
  readonly viewer: Viewer;

  constructor(broadcaster: StreamBroadcaster, options: Partial<ViewerOptions> = {}) {
    this.viewer = broadcaster.viewer({
      send: (message) => this.messages.push(message),
      bufferedAmount: () => this.waiting,
      ...options,
    });
    this.viewer.on('stream', (info) => this.streams.push(info));
    this.viewer.on('stopped', (stop) => this.stops.push(stop));
    this.viewer.on('drop', (drop) => this.drops.push(drop));
    onTestFinished(() => this.viewer.close());
  }

  get inits(): InitMessage[] {
    return this.messages.flatMap((message) => readInit(message) ?? []);
  }

  /** Of pictures, in order. */
  get pictures(): PictureHeader[] {
    return this.messages.map(headerOf).filter(({ kind }) => kind === 'fragment');
  }

  /** Frames that ffmpeg decodes of what came, a file for each init message: as players take it. */
  decode(): number {
    const files: Buffer[][] = [];
    for (const message of this.messages) {
      if (headerOf(message).kind === 'init') files.push([]);
      files.at(-1)?.push(message);
    }
    return files.reduce((sum, messages) => sum + countFrames(fileOf(messages)), 0);
  }
}

export function headerOf(message: Buffer): PictureHeader {
  const header = readPictureHeader(message);
  if (!header) throw new Error('not a message');
  return header;
}

/** What a player hands to its SourceBuffer: init segments and fragments without their headers. */
export function fileOf(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(
    messages.map((message) => {
      const { kind, payloadOffset } = headerOf(message);
      return message.subarray(kind === 'init' ? payloadOffset : 32);
    }),
  );
}

/** Throws where the decoder finds an error. */
export function countFrames(file: Buffer): number {
  const path = join(temporaryDirectory(), 'watched.mp4');
  writeFileSync(path, file);
  const frames = execFileSync(
    'ffmpeg',
    ['-v', 'error', '-xerror', '-i', path, '-fps_mode', 'passthrough', '-f', 'framemd5', '-'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  return frames.split('\n').filter((line) => /^\d/.test(line)).length;
}

export interface Scene {
  simulator: RtspSimulator;
  cameras: Camera[];
  broadcaster: StreamBroadcaster;
  watch(options?: Partial<ViewerOptions>): Watching;
}

/** Cameras `cam1`, `cam2`... behind a broadcaster. */
export async function scene(
  options: Partial<RtspSimulatorOptions> & {
    sub?: boolean;
    /** The main streams are connected by who records them, watched or not. */
    recorded?: boolean;
    /** The clips are read as they are, of whatever codec, instead of sent by RTSP (H.264, H.265). */
    files?: boolean;
    /** With `files`: what the simulator, which stands by, would send. */
    simulated?: string;
    broadcaster?: StreamBroadcasterOptions;
  } = {},
): Promise<Scene> {
  const { sub = false, files = false, recorded = false, simulated, ...others } = options;
  const { broadcaster: settings, ...rest } = others;
  const clip = rest.clip ?? makeClip(temporaryDirectory(), { seconds: 2 });
  const simulator = await RtspSimulator.start({ ...rest, clip: simulated ?? clip });
  const broadcaster = new StreamBroadcaster({ lingerMs: 0, ...settings });
  const cameras = simulator.urls.map((url, at) => {
    const subUrl = files ? `file://${rest.subClip}` : (simulator.subUrls[at] as string);
    const camera = new Camera({
      id: `cam${at + 1}`,
      url: files ? `file://${clip}` : url,
      onDemand: !recorded,
      lingerMs: 0,
      ...(sub && { sub: { url: subUrl } }),
    });
    camera.start();
    broadcaster.addCamera(camera);
    return camera;
  });
  onTestFinished(async () => {
    await broadcaster.close();
    await Promise.all(cameras.map((camera) => camera.close()));
    await simulator.close();
  });
  return {
    simulator,
    cameras,
    broadcaster,
    watch: (viewer) => new Watching(broadcaster, viewer),
  };
}
