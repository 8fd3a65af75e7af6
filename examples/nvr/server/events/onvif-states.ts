// What a camera says of itself over ONVIF, as events that begin and end: the same state told twice is
// told once, and one that flutters is one event.
import type { OnvifEvent } from '@fluxvision/core';

/** Kinds of events, as the list and the timeline name them. */
export type OnvifKind = 'onvif:motion' | 'onvif:tamper' | 'onvif:digital_input';

/** Something began, or (with `to`) is over. */
export interface OnvifChange {
  type: OnvifKind;
  /** UTC milliseconds. */
  from: number;
  to?: number;
  /** Which input, rule or sensor it was. */
  source: string;
}

interface Active {
  type: OnvifKind;
  source: string;
  from: number;
  /** When it was over, where it was. */
  quietSince?: number;
}

/** A state that comes back so soon was never away. */
const HOLD_MS = 2000;
/** No camera has more rules and inputs; what is beyond is left out. */
const MAX_ACTIVE = 32;
const MAX_SOURCE = 100;
/** Clocks of cameras are not to be trusted with more. */
const MAX_LATE_MS = 60_000;

/** Topics without prefixes; motion has the SDK's own list. */
const KINDS: readonly (readonly [topic: RegExp, type: OnvifKind])[] = [
  [/^RuleEngine\/(?:\w+\/)?TamperDetector\/Tamper$/, 'onvif:tamper'],
  [/^VideoSource\/GlobalSceneChange\//, 'onvif:tamper'],
  [/^VideoSource\/(?:ImageTooBlurry|ImageTooDark|ImageTooBright|SignalLoss)\b/, 'onvif:tamper'],
  [/^Device\/Trigger\/DigitalInput$/, 'onvif:digital_input'],
];
const STATES = ['State', 'LogicalState', 'IsTamper', 'Tamper', 'state'] as const;

export class OnvifStates {
  readonly #active = new Map<string, Active>();

  /** What is new in an event; `now` in UTC milliseconds. */
  take(event: OnvifEvent, now: number): OnvifChange[] {
    const state = stateOf(event);
    if (!state) return [];
    const { type, isOn, source } = state;
    const key = `${type} ${source}`;
    const at = Math.min(now, Math.max(event.time, now - MAX_LATE_MS));
    const active = this.#active.get(key);
    if (isOn && active) {
      delete active.quietSince;
    } else if (isOn && this.#active.size < MAX_ACTIVE) {
      const begun = { type, source, from: this.#free(type, at) };
      this.#active.set(key, begun);
      return [begun];
    } else if (!isOn && active) {
      active.quietSince ??= Math.max(at, active.from + 1);
    }
    return [];
  }

  /** What has been over for a while by `now`. */
  settle(now: number): OnvifChange[] {
    return this.#end(
      ({ quietSince }) => quietSince !== undefined && quietSince + HOLD_MS <= now,
      now,
    );
  }

  /** Nobody will tell how these go on. */
  endAll(now: number): OnvifChange[] {
    return this.#end(() => true, now);
  }

  get isActive(): boolean {
    return this.#active.size > 0;
  }

  #end(isOver: (active: Active) => boolean, now: number): OnvifChange[] {
    const ended: OnvifChange[] = [];
    for (const [key, active] of this.#active) {
      if (!isOver(active)) continue;
      this.#active.delete(key);
      const { type, source, from, quietSince = now } = active;
      ended.push({ type, source, from, to: Math.max(quietSince, from + 1) });
    }
    return ended;
  }

  /** An event is known by its kind and its beginning. */
  #free(type: OnvifKind, at: number): number {
    const taken = new Set(
      [...this.#active.values()].filter((one) => one.type === type).map(({ from }) => from),
    );
    let from = at;
    while (taken.has(from)) from++;
    return from;
  }
}

function stateOf({ topic, motion, data, source, operation }: OnvifEvent) {
  const name = Object.values(source).join(' ').slice(0, MAX_SOURCE);
  if (motion !== undefined) {
    const isOn = motion && operation !== 'deleted';
    return { type: 'onvif:motion' as const, isOn, source: name };
  }
  const plain = topic
    .split('/')
    .map((part) => part.slice(part.indexOf(':') + 1))
    .join('/');
  const type = KINDS.find(([form]) => form.test(plain))?.[1];
  const value = STATES.map((item) => data[item]).find((one) => one !== undefined);
  if (!type || value === undefined) return undefined;
  const isOn = /^(?:true|1)$/i.test(value) && operation !== 'deleted';
  return { type, isOn, source: name };
}
