// What clients may say, by socket: one compiled schema for each type of message.
import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import {
  Hello,
  type LiveRequest,
  Ping,
  PlaybackControl,
  PlaybackOpen,
  type PlaybackRequest,
  Ptz,
  Subscribe,
  Tickets,
  Unsubscribe,
} from '../../protocol/index.js';

export interface AnyRequest {
  type: string;
  sessionToken?: string;
  /** Of the message `tickets`. */
  tickets?: readonly string[];
}

/** The request that a message holds, or in words why it holds none. */
export type ReadRequest<Request> = (text: string) => Request | { problem: string };

export const readLiveRequest = reader<LiveRequest>([
  ...[Tickets, Hello, Subscribe, Unsubscribe, Ptz, Ping],
]);
export const readPlaybackRequest = reader<PlaybackRequest>([
  Tickets,
  PlaybackOpen,
  ...PlaybackControl.anyOf,
]);
export const readEventsRequest = reader<Static<typeof Hello> | Static<typeof Ping>>([Hello, Ping]);

function reader<Request>(schemas: readonly TSchema[]): ReadRequest<Request> {
  const byType = new Map<string, Validator>(
    schemas.map((schema) => [typeOf(schema), Compile(schema)]),
  );
  const types = [...byType.keys()].join(', ');
  return (text) => {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return { problem: 'The message is no JSON.' };
    }
    const type = (message as AnyRequest | null)?.type;
    const schema = typeof type === 'string' ? byType.get(type) : undefined;
    if (!schema) return { problem: `The message has no type of: ${types}.` };
    if (schema.Check(message)) return message as Request;
    const [first] = schema.Errors(message);
    const place = first ? `${first.instancePath || '/'} ${first.message}` : 'it does not fit';
    return { problem: `The message '${type}' is not valid: ${place}.` };
  };
}

function typeOf(schema: TSchema): string {
  const { allOf = [schema] } = schema as { allOf?: TSchema[] };
  const typed = allOf.find(
    (part) => 'type' in ((part as { properties?: object }).properties ?? {}),
  );
  return (typed as unknown as { properties: { type: { const: string } } }).properties.type.const;
}
