// Steps the quality of a viewer's cameras down before its bandwidth is used up, and up again when
// there is room.
import { QUALITIES } from '../camera/index.js';
import type { StreamChoice } from './choice.js';
import type { LiveCamera } from './live-camera.js';
import type { LiveQuality } from './options.js';
import type { Subscription } from './subscription.js';

/** Of the quota: beyond it steps go down, to at most that; below that they go up. */
const DOWN_AT = 0.9;
const DOWN_TO = 0.8;
const UP_TO = 0.75;
/** Without a step down for so long, one goes up; longer each time that it did not last. */
const PATIENCE_MS = 4000;
const MAX_PATIENCE_MS = 64_000;

interface Step {
  quality: LiveQuality;
  choice: StreamChoice;
  /** Bits per second that it adds. */
  gain: number;
}

export class QuotaSteps {
  #patience = PATIENCE_MS;
  #lastDown = Number.NEGATIVE_INFINITY;
  #lastUp = Number.NEGATIVE_INFINITY;

  /** What they cost together, in bits per second. */
  demand(subscriptions: readonly Subscription[], now: number): number {
    return subscriptions.reduce((sum, one) => sum + cost(one, one.choice, now), 0);
  }

  /** `pressed`: the last second's room is nearly used up, whatever rates say. */
  review(
    subscriptions: readonly Subscription[],
    bitsPerSecond: number,
    pressed: boolean,
    now: number,
  ): void {
    let demand = this.demand(subscriptions, now);
    const least = pressed ? Math.min(DOWN_TO * bitsPerSecond, demand * 0.9) : 0;
    const most = pressed ? least : DOWN_TO * bitsPerSecond;
    if (demand > DOWN_AT * bitsPerSecond || (pressed && demand > UP_TO * bitsPerSecond)) {
      while (demand > most) {
        const saved = this.#stepDown(subscriptions, now);
        if (saved === undefined) return;
        demand -= saved;
      }
      return;
    }
    if (!pressed) this.#stepUp(subscriptions, UP_TO * bitsPerSecond - demand, now);
  }

  /**
   * With what a camera begins: the best that the others leave room for. What was never measured counts as
   * much as it may well be; {@link review} makes up for it as soon as it was.
   */
  beginning(
    subscription: Subscription,
    camera: LiveCamera,
    others: readonly Subscription[],
    bitsPerSecond: number,
    now: number,
  ): LiveQuality {
    const taken = this.demand(others, now);
    const from = QUALITIES.indexOf(subscription.allowed);
    for (let at = from; at > 0; at -= 1) {
      const quality = QUALITIES[at] as LiveQuality;
      const choice = subscription.choiceFor(quality, camera);
      if (!choice || taken + camera.rate(choice, now) > DOWN_AT * bitsPerSecond) continue;
      return at === from ? 'FULLSCREEN' : quality;
    }
    return 'PAUSED';
  }

  /** The largest that can be less, one step. Bits per second that it saves. */
  #stepDown(subscriptions: readonly Subscription[], now: number): number | undefined {
    const bySize = [...subscriptions].sort(
      (a, b) => cost(b, b.choice, now) - cost(a, a.choice, now),
    );
    for (const subscription of bySize) {
      const step = next(subscription, -1, now);
      if (!step || step.gain >= 0) continue;
      if (now - this.#lastUp < this.#patience) {
        this.#patience = Math.min(this.#patience * 2, MAX_PATIENCE_MS);
        this.#lastUp = Number.NEGATIVE_INFINITY;
      }
      this.#lastDown = now;
      subscription.isProvisional = !isKnown(subscription, subscription.choice, now);
      subscription.cap = step.quality;
      subscription.review();
      return -step.gain;
    }
    return undefined;
  }

  /**
   * The least of what is less than wanted, one step, where there is room for it; and all that have less
   * only because nobody knew what they cost. What nobody knows still is measured first, one at a time.
   */
  #stepUp(subscriptions: readonly Subscription[], free: number, now: number): void {
    const isResting = now - Math.max(this.#lastDown, this.#lastUp) < this.#patience;
    let room = free;
    let isMeasuring = false;
    const reduced = subscriptions
      .filter((one) => one.quality !== one.allowed)
      .sort((a, b) => QUALITIES.indexOf(a.quality) - QUALITIES.indexOf(b.quality));
    for (const subscription of reduced) {
      const { isProvisional } = subscription;
      const step = isResting && !isProvisional ? undefined : next(subscription, 1, now);
      if (!step) continue;
      if (!isKnown(subscription, step.choice, now)) {
        if (!isMeasuring && room > 0) subscription.camera?.measure(step.choice);
        isMeasuring = true;
        continue;
      }
      if (step.gain > room) continue;
      subscription.cap = step.quality;
      subscription.review();
      room -= step.gain;
      if (isProvisional) continue;
      if (now - this.#lastUp > 2 * MAX_PATIENCE_MS) this.#patience = PATIENCE_MS;
      this.#lastUp = now;
      return;
    }
  }
}

/** The next quality in one direction that is another stream, or what is wanted. */
function next(subscription: Subscription, direction: 1 | -1, now: number): Step | undefined {
  const from = QUALITIES.indexOf(subscription.quality);
  const to = direction > 0 ? QUALITIES.indexOf(subscription.allowed) : 0;
  for (let at = from + direction; direction > 0 ? at <= to : at >= to; at += direction) {
    const quality = QUALITIES[at] as LiveQuality;
    const choice = subscription.choiceFor(quality);
    if (!choice) continue;
    if (choice.key === subscription.choice?.key && at !== to) continue;
    const gain = cost(subscription, choice, now) - cost(subscription, subscription.choice, now);
    return { quality, choice, gain };
  }
  return undefined;
}

function isKnown({ camera }: Subscription, choice: StreamChoice | undefined, now: number): boolean {
  return choice === undefined || camera?.knows(choice, now) === true;
}

function cost(subscription: Subscription, choice: StreamChoice | undefined, now: number): number {
  return choice && subscription.camera ? subscription.camera.rate(choice, now) : 0;
}
