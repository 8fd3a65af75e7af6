// Events of a device through a pull point: subscribed, pulled, renewed, and begun anew with back-off
// where the device went away.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  callback,
  checkOptions,
  integer,
  invalidArgument,
  optional,
  signal,
} from '../arguments/index.js';
import { FluxError, isFluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import { serviceUrl } from './address.js';
import type { OnvifClient } from './client.js';
import { all, clean, escapeXml, find, textAt, type XmlElement } from './xml.js';

/** What happened at a device. */
export interface OnvifEvent {
  /** As the device writes it, for example `tns1:RuleEngine/CellMotionDetector/Motion`. */
  topic: string;
  /** UTC milliseconds by the device's clock, corrected by its offset; arrival where the device gives none. */
  time: number;
  /** `initialized`: how things stand, sent on subscription. `changed`, `deleted`; undefined where unsaid. */
  operation: 'initialized' | 'changed' | 'deleted' | undefined;
  /** For example `{ VideoSourceConfigurationToken: 'vsc1', Rule: 'MyMotion' }`. */
  source: Record<string, string>;
  /** For example `{ IsMotion: 'true' }`. */
  data: Record<string, string>;
  /** Motion begins (true) or ends (false), for the common topics of motion; undefined for others. */
  motion: boolean | undefined;
}

/** Options of {@link OnvifDevice.events}. */
export interface OnvifEventOptions {
  /** Ends the iteration, quietly. */
  signal?: AbortSignal;
  /** How long the device may hold a pull that has nothing to tell, milliseconds. Default 20000. */
  pullTimeoutMs?: number;
  /** How long a subscription lasts unless renewed, milliseconds. Default 60000. */
  subscriptionMs?: number;
  /** Back-off after a failure: doubles from `minMs` (default 1000) to `maxMs` (default 60000). */
  reconnect?: { minMs?: number; maxMs?: number };
  /** Told of each failure that is tried again after `retryInMs`. */
  onRetry?: (retry: { error: FluxError; retryInMs: number }) => void;
}

/** The options with their defaults. */
export interface EventPlan {
  signal: AbortSignal | undefined;
  pullTimeoutMs: number;
  subscriptionMs: number;
  minMs: number;
  maxMs: number;
  onRetry: ((retry: { error: FluxError; retryInMs: number }) => void) | undefined;
}

const MESSAGE_LIMIT = 100;
/** Empty pulls come at most this often. */
const EMPTY_PULL_MS = 1000;
/** How long goodbye may take. */
const UNSUBSCRIBE_MS = 2000;

/** The options of `where`, checked. */
export function eventPlan(where: string, options: OnvifEventOptions): EventPlan {
  const { reconnect, ...checked } = checkOptions(where, options, {
    signal: optional(signal),
    pullTimeoutMs: optional(integer(1000, 300_000, 'milliseconds'), 20_000),
    subscriptionMs: optional(integer(10_000, 3_600_000, 'milliseconds'), 60_000),
    reconnect: (_name, value) =>
      checkOptions(`${where}: reconnect`, value ?? {}, {
        minMs: optional(integer(10, 3_600_000, 'milliseconds'), 1000),
        maxMs: optional(integer(10, 3_600_000, 'milliseconds'), 60_000),
      }),
    onRetry: optional(callback<{ error: FluxError; retryInMs: number }>()),
  });
  if (checked.pullTimeoutMs > checked.subscriptionMs / 2) {
    throw invalidArgument(
      `${where}: pullTimeoutMs`,
      `at most half of subscriptionMs (${checked.subscriptionMs})`,
      checked.pullTimeoutMs,
    );
  }
  return {
    ...checked,
    minMs: reconnect.minMs,
    maxMs: Math.max(reconnect.minMs, reconnect.maxMs),
  };
}

/** Events until the signal fires. Throws where trying again cannot help: no events, wrong password. */
export async function* pullEvents(
  client: OnvifClient,
  plan: EventPlan,
): AsyncGenerator<OnvifEvent, void, undefined> {
  let backOff = plan.minMs;
  while (!plan.signal?.aborted) {
    let subscription: Subscription | undefined;
    try {
      subscription = await subscribe(client, plan);
      for (;;) {
        const asked = Date.now();
        const events = await pull(client, subscription, plan);
        backOff = plan.minMs;
        yield* events;
        // Some devices do not hold a pull that has nothing to tell; they are not asked without pause.
        if (events.length === 0) await pause(asked + EMPTY_PULL_MS - Date.now(), plan.signal);
        if (plan.signal?.aborted) return;
        if (Date.now() >= subscription.renewAt) await renew(client, subscription, plan);
      }
    } catch (error) {
      if (plan.signal?.aborted) return;
      const failure = asFluxError(error, 'ERR_ONVIF_ANSWER', 'Reading events');
      if (/^ERR_ONVIF_(UNAUTHORIZED|UNSUPPORTED)$/.test(failure.code)) throw failure;
      plan.onRetry?.({ error: failure, retryInMs: backOff });
      await sleep(backOff, undefined, plan.signal && { signal: plan.signal }).catch(
        () => undefined,
      );
      backOff = Math.min(plan.maxMs, backOff * 2);
    } finally {
      // Also where the reader left the loop: a device holds only a few subscriptions.
      if (subscription) await unsubscribe(client, subscription);
    }
  }
}

/** Waits, or until the signal fires. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, signal && { signal }).catch(() => undefined);
}

interface Subscription {
  url: URL;
  /** Header elements that every request to it repeats (WS-Addressing reference parameters). */
  reference: string;
  renewAt: number;
}

const EVENTS = 'http://www.onvif.org/ver10/events/wsdl';
const WSNT = 'http://docs.oasis-open.org/wsn/b-2';
const ACTION = {
  create: `${EVENTS}/EventPortType/CreatePullPointSubscriptionRequest`,
  pull: `${EVENTS}/PullPointSubscription/PullMessagesRequest`,
  renew: 'http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/RenewRequest',
  unsubscribe: 'http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/UnsubscribeRequest',
};

async function subscribe(client: OnvifClient, plan: EventPlan): Promise<Subscription> {
  const answer = await client.post(
    'events',
    {
      action: ACTION.create,
      header: addressing(ACTION.create),
      body: `<CreatePullPointSubscription xmlns="${EVENTS}"><InitialTerminationTime>${duration(plan.subscriptionMs)}</InitialTerminationTime></CreatePullPointSubscription>`,
    },
    { signal: plan.signal },
  );
  const reference = find(answer, 'SubscriptionReference');
  const address = textAt(reference, 'Address');
  if (address === '') {
    throw new FluxError(
      'ERR_ONVIF_ANSWER',
      `${client.url.host} made a subscription without address.`,
    );
  }
  return {
    url: serviceUrl(address, client.url),
    reference: (find(reference, 'ReferenceParameters')?.children ?? [])
      .slice(0, 8)
      .map(echo)
      .join(''),
    renewAt: Date.now() + plan.subscriptionMs / 2,
  };
}

async function pull(
  client: OnvifClient,
  subscription: Subscription,
  plan: EventPlan,
): Promise<OnvifEvent[]> {
  const answer = await client.post(
    'events',
    {
      ...addressed(subscription, ACTION.pull),
      body: `<PullMessages xmlns="${EVENTS}"><Timeout>${duration(plan.pullTimeoutMs)}</Timeout><MessageLimit>${MESSAGE_LIMIT}</MessageLimit></PullMessages>`,
    },
    { signal: plan.signal, timeoutMs: plan.pullTimeoutMs + client.timeoutMs },
  );
  // What the answer says of the device's clock is newer and finer than what connect() was told.
  const now = Date.parse(textAt(answer, 'CurrentTime'));
  return readEvents(answer, Number.isFinite(now) ? now - Date.now() : client.clockOffsetMs);
}

async function renew(
  client: OnvifClient,
  subscription: Subscription,
  plan: EventPlan,
): Promise<void> {
  try {
    await client.post(
      'events',
      {
        ...addressed(subscription, ACTION.renew),
        body: `<Renew xmlns="${WSNT}"><TerminationTime>${duration(plan.subscriptionMs)}</TerminationTime></Renew>`,
      },
      { signal: plan.signal },
    );
  } catch (error) {
    // Some devices have no Renew: each pull prolongs the subscription there.
    if (!isFluxError(error, 'ERR_ONVIF_UNSUPPORTED')) throw error;
  }
  subscription.renewAt = Date.now() + plan.subscriptionMs / 2;
}

async function unsubscribe(client: OnvifClient, subscription: Subscription): Promise<void> {
  const request = {
    ...addressed(subscription, ACTION.unsubscribe),
    body: `<Unsubscribe xmlns="${WSNT}"/>`,
  };
  // Where it does not get through, the subscription ends by itself.
  await client.post('events', request, { timeoutMs: UNSUBSCRIBE_MS }).catch(() => undefined);
}

function addressed(subscription: Subscription, action: string) {
  return {
    action,
    url: subscription.url,
    header: `${addressing(action)}<a:To>${escapeXml(subscription.url.href)}</a:To>${subscription.reference}`,
  };
}

/** The package's envelope binds the prefix a to WS-Addressing. */
function addressing(action: string): string {
  return `<a:Action>${action}</a:Action>`;
}

/** A reference parameter as the device gave it, rebuilt from what was understood of it. */
function echo(element: XmlElement): string {
  if (!/^[A-Za-z_][\w.-]{0,63}$/.test(element.name)) return '';
  const space = escapeXml(clean(element.namespace));
  return `<${element.name} xmlns="${space}" a:IsReferenceParameter="true">${escapeXml(clean(element.text))}</${element.name}>`;
}

function duration(ms: number): string {
  return `PT${Math.ceil(ms / 1000)}S`;
}

/** The events of a PullMessagesResponse. */
export function readEvents(answer: XmlElement, clockOffsetMs: number): OnvifEvent[] {
  return all(answer, 'NotificationMessage')
    .slice(0, 1000)
    .map((notification) => {
      const topic = textAt(notification, 'Topic');
      const message = find(notification, 'Message', 'Message');
      const time = Date.parse(message?.attributes.get('UtcTime') ?? '');
      const data = items(find(message, 'Data'));
      return {
        topic,
        time: Number.isFinite(time) ? Math.round(time - clockOffsetMs) : Date.now(),
        operation: operation(message?.attributes.get('PropertyOperation')),
        source: items(find(message, 'Source')),
        data,
        motion: motionOf(topic, data),
      };
    });
}

function items(element: XmlElement | undefined): Record<string, string> {
  // No prototype: a device may name an item `__proto__`.
  const found: Record<string, string> = Object.create(null);
  for (const item of all(element, 'SimpleItem').slice(0, 100)) {
    const name = item.attributes.get('Name');
    if (name !== undefined) found[clean(name)] = clean(item.attributes.get('Value') ?? '');
  }
  return found;
}

function operation(value: string | undefined): OnvifEvent['operation'] {
  if (value === 'Initialized') return 'initialized';
  if (value === 'Changed') return 'changed';
  return value === 'Deleted' ? 'deleted' : undefined;
}

/** Topics that mean motion, without prefixes, and the item that says whether there is any. */
const MOTION: readonly (readonly [topic: RegExp, items: readonly string[]])[] = [
  [/^RuleEngine\/CellMotionDetector\/Motion$/, ['IsMotion', 'State']],
  [/^VideoSource\/MotionAlarm$/, ['State', 'IsMotion']],
  [/^RuleEngine\/MotionRegionDetector\/Motion$/, ['State', 'IsMotion']],
  [/^VideoAnalytics\/MotionDetection$/, ['State', 'IsMotion']],
  [/^RuleEngine\/VideoAnalytics\/Motion$/, ['State', 'IsMotion']],
  // Axis: video motion detection and passive infrared.
  [/^CameraApplicationPlatform\/VMD\//, ['active']],
  [/^VideoAnalytics\/MotionDetection\//, ['motion']],
  [/^Device\/Sensor\/PIR$/, ['state']],
];

function motionOf(topic: string, data: Readonly<Record<string, string>>): boolean | undefined {
  const plain = topic
    .split('/')
    .map((part) => part.slice(part.indexOf(':') + 1))
    .join('/');
  const names = MOTION.find(([form]) => form.test(plain))?.[1];
  for (const name of names ?? []) {
    const value = data[name]?.toLowerCase();
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
  }
  return undefined;
}
