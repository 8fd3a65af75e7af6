// What works beside the recorder while its keys are open: live view, events, pictures of footage, export
// jobs, and the message broker. Begins and ends with the open parts of the NVR.
import { join } from 'node:path';
import { type Camera, type ClientSession, StreamBroadcaster } from '@fluxvision/core';
import type { WebSocket } from 'ws';
import { Bus, type ChangedWhat } from './events/bus.js';
import { EventLog } from './events/event-log.js';
import { MotionWatch } from './events/motion-watch.js';
import { OnvifWatch } from './events/onvif-watch.js';
import { ExportJobs } from './exports/export-jobs.js';
import { HeldService } from './held-service.js';
import { LivePictures } from './media/live-pictures.js';
import { Thumbnails } from './media/thumbnails.js';
import { MqttBridge } from './mqtt/mqtt-bridge.js';
import type { Nvr } from './nvr.js';
import { sessionIdOf } from './sockets/ticket-door.js';

export class Streaming {
  readonly bus = new Bus();
  readonly broadcaster: StreamBroadcaster;
  readonly thumbnails: Thumbnails;
  readonly livePictures: LivePictures;
  readonly events: EventLog;
  readonly exports: ExportJobs;
  /** All that are open: they end with it. */
  readonly sockets = new Set<WebSocket>();
  readonly #nvr: Nvr;
  readonly #mqtt: MqttBridge | undefined;
  readonly #motion: MotionWatch;
  readonly #onvif: OnvifWatch;
  readonly #onChanged = (what: ChangedWhat, id?: string) => this.bus.changed(what, id);
  readonly #onAdded = (camera: Camera) => this.broadcaster.addCamera(camera);
  readonly #onQuota = ({ id }: ClientSession) => void this.bus.emit('quota', id);
  readonly #onReconfigured = () => {
    for (const session of this.#nvr.sessions.sessions()) this.#onQuota(session);
    for (const holder of this.#nvr.homes.holders()) this.bus.emit('quota', sessionIdOf(holder));
  };
  readonly #onRemoved = (id: string) => void this.broadcaster.removeCamera(id);

  private constructor(nvr: Nvr, exports: ExportJobs) {
    const { recorder, keys, cameras } = nvr.parts;
    this.#nvr = nvr;
    this.exports = exports;
    this.broadcaster = new StreamBroadcaster({ transcode: nvr.config.transcode ?? 'never' });
    this.thumbnails = new Thumbnails({ index: recorder.index, keys });
    this.livePictures = new LivePictures(cameras);
    this.events = new EventLog(recorder, this.bus);
    for (const id of cameras.ids()) {
      const camera = cameras.camera(id);
      if (camera) this.broadcaster.addCamera(camera);
    }
    cameras.on('added', this.#onAdded);
    cameras.on('removed', this.#onRemoved);
    nvr.on('changed', this.#onChanged);
    nvr.sessions.on('quota', this.#onQuota);
    nvr.on('reconfigured', this.#onReconfigured);
    this.#motion = new MotionWatch(cameras, recorder, nvr.troubles);
    this.#motion.on('motion', this.events.onMotion);
    this.#onvif = new OnvifWatch({
      ...{ cameras, recorder, log: this.events, troubles: nvr.troubles },
      rules: { allowLoopback: nvr.config.allowLoopbackCameras ?? false },
    });
    recorder.on('deleted', ({ cameraId }) => this.thumbnails.forget(cameraId));
    exports.on('changed', (id) => this.bus.changed('exports', id));
    this.#mqtt = mqttOf(nvr, this.bus);
    exports.on('error', (error) => nvr.log.error({ err: error }, 'export'));
  }

  static async start(nvr: Nvr): Promise<Streaming> {
    const { recorder, keys } = nvr.parts;
    const directory = join(nvr.config.storage, 'exports');
    return new Streaming(nvr, await ExportJobs.open({ index: recorder.index, keys, directory }));
  }

  async close(): Promise<void> {
    const { cameras } = this.#nvr.parts;
    cameras.off('added', this.#onAdded);
    cameras.off('removed', this.#onRemoved);
    this.#nvr.off('changed', this.#onChanged);
    this.#nvr.sessions.off('quota', this.#onQuota);
    this.#nvr.off('reconfigured', this.#onReconfigured);
    await this.#motion.close();
    await this.#onvif.close();
    for (const socket of this.sockets) socket.close(1001, 'The server is stopping.');
    this.events.close();
    await this.#mqtt?.close();
    await this.exports.close();
    await this.broadcaster.close();
  }
}

/** Without a broker that can be reached everything else goes on. */
function mqttOf(nvr: Nvr, bus: Bus): MqttBridge | undefined {
  const { mqtt: settings } = nvr.config;
  if (!settings) return undefined;
  const onState = (error: Error | undefined) => {
    if (!error) return nvr.troubles.clear('mqtt');
    nvr.troubles.raise('mqtt', {
      ...{ code: 'ERR_MQTT', severity: 'warning' },
      message: `Events do not reach the message broker: ${error.message} Check mqtt in the settings.`,
    });
  };
  try {
    return new MqttBridge({
      ...{ settings, serverId: nvr.server.id, recorder: nvr.recorder, bus, onState },
    });
  } catch (error) {
    onState(error as Error);
    return undefined;
  }
}

const held = new HeldService('streaming', (nvr) => Streaming.start(nvr));

/** Begins it with the open parts, now and whenever they open again. */
export const serveStreaming = (nvr: Nvr): Promise<void> => held.serve(nvr);

/** Throws what keeps the parts closed (`ERR_LOCKED`, ...). */
export const streamingOf = (nvr: Nvr): Streaming => held.of(nvr);
