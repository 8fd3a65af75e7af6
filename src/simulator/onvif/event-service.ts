// Events of a simulated camera through pull points.
import { escapeXml, find, numberAt, textAt } from '../../onvif/index.js';
import { address } from './device-service.js';
import { durationMs, type OperationContext, type Service } from './service.js';
import type { PullPoint, SimulatedEvent } from './subscriptions.js';

const LIFETIME_MS = 60_000;
const MAX_PULL_MS = 60_000;
const MAX_MESSAGES = 100;

function items(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(
      ([name, value]) => `<tt:SimpleItem Name="${escapeXml(name)}" Value="${escapeXml(value)}"/>`,
    )
    .join('');
}

function notification({ topic, time, operation, source, data }: SimulatedEvent): string {
  return (
    `<wsnt:NotificationMessage><wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">${escapeXml(topic)}</wsnt:Topic>` +
    `<wsnt:Message><tt:Message UtcTime="${new Date(time).toISOString()}" PropertyOperation="${operation}">` +
    `<tt:Source>${items(source)}</tt:Source><tt:Data>${items(data)}</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>`
  );
}

/** Both times by the camera's clock. */
function times(prefix: string, point: PullPoint, now: number): string {
  const iso = (time: number) => new Date(time).toISOString();
  return (
    `<${prefix}:CurrentTime>${iso(now)}</${prefix}:CurrentTime>` +
    `<${prefix}:TerminationTime>${iso(now + point.expires - Date.now())}</${prefix}:TerminationTime>`
  );
}

function pointOf({ camera, query }: OperationContext): PullPoint {
  return camera.subscriptions.get(query.get('subscription') ?? '');
}

export const eventService: Service = {
  path: 'event_service',
  namespaces: ['http://www.onvif.org/ver10/events/wsdl', 'http://docs.oasis-open.org/wsn/b-2'],
  operations: {
    GetServiceCapabilities: () =>
      '<tev:GetServiceCapabilitiesResponse><tev:Capabilities WSPullPointSupport="true" MaxPullPoints="32"/></tev:GetServiceCapabilitiesResponse>',
    GetEventProperties: () =>
      '<tev:GetEventPropertiesResponse><wsnt:FixedTopicSet>true</wsnt:FixedTopicSet></tev:GetEventPropertiesResponse>',
    CreatePullPointSubscription: (request, context) => {
      const { camera, now } = context;
      const lifetime = durationMs(textAt(request, 'InitialTerminationTime'), now, LIFETIME_MS);
      const point = camera.subscriptions.create(lifetime, camera.properties());
      const to = `${address(context, eventService.path)}?subscription=${point.id}`;
      return (
        `<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference><wsa:Address>${to}</wsa:Address></tev:SubscriptionReference>` +
        `${times('wsnt', point, now)}</tev:CreatePullPointSubscriptionResponse>`
      );
    },
    PullMessages: async (request, context) => {
      const point = pointOf(context);
      const wait = durationMs(textAt(request, 'Timeout'), context.now, 0);
      const limit = Math.min(MAX_MESSAGES, Math.max(1, numberAt(request, 'MessageLimit') ?? 1));
      const events = await context.camera.subscriptions.pull(
        point,
        Math.min(MAX_PULL_MS, Math.max(0, wait)),
        limit,
      );
      return `<tev:PullMessagesResponse>${times('tev', point, context.now)}${events.map(notification).join('')}</tev:PullMessagesResponse>`;
    },
    SetSynchronizationPoint: (_request, context) => {
      const point = pointOf(context);
      if (point.queue.length < MAX_MESSAGES) point.queue.push(...context.camera.properties());
      point.wake?.();
      return '<tev:SetSynchronizationPointResponse/>';
    },
    Renew: (request, context) => {
      const point = pointOf(context);
      const text = textAt(find(request, 'TerminationTime'));
      context.camera.subscriptions.renew(point, durationMs(text, context.now, LIFETIME_MS));
      return `<wsnt:RenewResponse>${times('wsnt', point, context.now)}</wsnt:RenewResponse>`;
    },
    Unsubscribe: (_request, context) => {
      context.camera.subscriptions.remove(pointOf(context));
      return '<wsnt:UnsubscribeResponse/>';
    },
  },
};
