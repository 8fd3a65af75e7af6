// The state of one simulated ONVIF camera: what it streams, where it looks, how it sees, who listens.
import { randomUUID } from 'node:crypto';
import { type PtzPosition, PtzState } from './ptz-state.js';
import { type SimulatedEvent, Subscriptions } from './subscriptions.js';

/** One stream of a simulated camera, as its profile tells it. */
export interface SimulatedProfile {
  /** `main` or `sub`; part of the profile's token. */
  name: string;
  rtspUrl: string;
  codec: 'H264' | 'H265';
  width: number;
  height: number;
  frameRate: number;
  bitrateKbps: number;
}

export interface SimulatedPreset {
  token: string;
  name: string;
  position: PtzPosition;
}

const MAX_PRESETS = 64;
const MOTION_TOPIC = 'tns1:RuleEngine/CellMotionDetector/Motion';
const MOTION_SOURCE = {
  VideoSourceConfigurationToken: 'vsc1',
  VideoAnalyticsConfigurationToken: 'vac1',
  Rule: 'MotionDetectorRule',
};

export class SimulatedCamera {
  readonly endpoint = `urn:uuid:${randomUUID()}`;
  readonly number: number;
  readonly profiles: readonly SimulatedProfile[];
  readonly ptz = new PtzState();
  readonly presets = new Map<string, SimulatedPreset>();
  readonly subscriptions = new Subscriptions();
  readonly imaging = {
    brightness: 50,
    contrast: 50,
    saturation: 50,
    sharpness: 50,
    irCutFilter: 'AUTO',
    wideDynamicRange: { mode: 'OFF', level: 50 },
    focus: { mode: 'AUTO', position: 0.5 },
  };
  home: PtzPosition = { pan: 0, tilt: 0, zoom: 0 };
  /** How often each profile was asked for a key frame. */
  readonly synchronizationPoints = new Map<string, number>();
  readonly #now: () => number;
  #motion = false;

  /** `now`: the camera's clock, UTC milliseconds. */
  constructor(number: number, profiles: readonly SimulatedProfile[], now: () => number) {
    this.number = number;
    this.profiles = profiles;
    this.#now = now;
  }

  get name(): string {
    return `Simulated camera ${this.number}`;
  }

  get motion(): boolean {
    return this.#motion;
  }

  setMotion(motion: boolean): void {
    if (motion === this.#motion) return;
    this.#motion = motion;
    this.subscriptions.emit(this.#motionEvent('Changed'));
  }

  emit(event: Pick<SimulatedEvent, 'topic' | 'source' | 'data'>): void {
    this.subscriptions.emit({ ...event, time: this.#now(), operation: 'Changed' });
  }

  /** How things stand, for who begins to listen. */
  properties(): SimulatedEvent[] {
    return [this.#motionEvent('Initialized')];
  }

  /** Stores where it looks now; undefined where there is no room. */
  storePreset(name: string, token?: string): SimulatedPreset | undefined {
    if (token === undefined && this.presets.size >= MAX_PRESETS) return undefined;
    let number = 1;
    while (token === undefined && this.presets.has(`preset${number}`)) number++;
    const preset = { token: token ?? `preset${number}`, name, position: this.ptz.position };
    this.presets.set(preset.token, preset);
    return preset;
  }

  #motionEvent(operation: SimulatedEvent['operation']): SimulatedEvent {
    const data = { IsMotion: String(this.#motion) };
    return { topic: MOTION_TOPIC, time: this.#now(), operation, source: MOTION_SOURCE, data };
  }
}
