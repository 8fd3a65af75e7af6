// Events and states of cameras for a message broker: states are retained, events come at least once, and
// the broker itself says when the server is gone.
import { readFileSync } from 'node:fs';
import type { Recorder, RecorderCameraChange } from '@fluxvision/core';
import mqtt, { type MqttClient } from 'mqtt';
import type { NvrEvent } from '../../protocol/index.js';
import type { Bus } from '../events/bus.js';

export interface MqttSettings {
  /** `mqtt:` or `mqtts:`. */
  url: string;
  username?: string;
  /** Its first line. */
  passwordFile?: string;
  /** PEM of the authority that signed the broker's certificate. */
  ca?: string;
  /** Default `fluxvision`. */
  topic?: string;
}

export interface MqttBridgeOptions {
  settings: MqttSettings;
  serverId: string;
  recorder: Recorder;
  bus: Bus;
  /** Connected (undefined), or why not. It goes on trying. */
  onState: (error: Error | undefined) => void;
}

const RECONNECT_MS = 5000;
const CONNECT_MS = 10_000;
/** Of a broker that is away only the latest are kept. */
const MAX_WAITING = 1000;

export class MqttBridge {
  readonly #client: MqttClient;
  readonly #root: string;
  readonly #options: MqttBridgeOptions;
  #waiting = 0;
  readonly #onEvent = (event: NvrEvent) => this.#tellEvent(event);
  readonly #onCamera = ({ cameraId, stream }: RecorderCameraChange) => {
    if (stream === 'main') this.#tellState(cameraId);
  };

  /** Begins to connect; `ENOENT` and the like where a file of the settings cannot be read. */
  constructor(options: MqttBridgeOptions) {
    const { settings, serverId, recorder, bus, onState } = options;
    this.#options = options;
    this.#root = `${settings.topic ?? 'fluxvision'}/${serverId}`;
    const availability = { topic: `${this.#root}/availability`, qos: 1, retain: true } as const;
    this.#client = mqtt.connect(settings.url, {
      clientId: `fluxvision-${serverId}`,
      ...(settings.username !== undefined && { username: settings.username }),
      ...(settings.passwordFile !== undefined && {
        password: readFileSync(settings.passwordFile, 'utf8').split('\n', 1)[0],
      }),
      ...(settings.ca !== undefined && { ca: readFileSync(settings.ca) }),
      rejectUnauthorized: true,
      reconnectPeriod: RECONNECT_MS,
      connectTimeout: CONNECT_MS,
      queueQoSZero: false,
      will: { ...availability, payload: Buffer.from('offline') },
    });
    this.#client.on('connect', () => {
      onState(undefined);
      this.#publish(availability.topic, 'online', true);
      for (const { id } of recorder.cameras) this.#tellState(id);
    });
    this.#client.on('error', (error) => onState(error));
    this.#client.on('offline', () => onState(new Error('The broker is not reached.')));
    bus.on('event', this.#onEvent);
    recorder.on('camera', this.#onCamera);
  }

  /** Says goodbye, where the broker is there. */
  async close(): Promise<void> {
    const { bus, recorder } = this.#options;
    bus.off('event', this.#onEvent);
    recorder.off('camera', this.#onCamera);
    if (this.#client.connected) {
      await this.#client
        .publishAsync(`${this.#root}/availability`, 'offline', { qos: 1, retain: true })
        .catch(() => {});
    }
    await this.#client.endAsync(!this.#client.connected);
  }

  #tellEvent(event: NvrEvent): void {
    this.#publish(`${this.#root}/cameras/${event.cameraId}/events`, JSON.stringify(event), false);
  }

  /** A camera that was removed has an empty state, which the broker forgets. */
  #tellState(id: string): void {
    const camera = this.#options.recorder.cameras.find((one) => one.id === id);
    const state = camera && JSON.stringify({ state: camera.state, at: Date.now() });
    this.#publish(`${this.#root}/cameras/${id}/state`, state ?? '', true);
  }

  #publish(topic: string, payload: string, retain: boolean): void {
    if (this.#waiting >= MAX_WAITING) return;
    this.#waiting += 1;
    this.#client.publish(topic, payload, { qos: 1, retain }, () => {
      this.#waiting -= 1;
    });
  }
}
