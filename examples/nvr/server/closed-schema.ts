// Schemas for requests: as the protocol has them, but what they do not name is refused.
import type { TSchema } from 'typebox';

type Json = Record<string, unknown>;

/** A copy of `schema` whose objects, on every level, take no other members. Intersections become one object. */
export function closed<T extends TSchema>(schema: T): T {
  return close(schema as unknown as Json) as unknown as T;
}

function close(schema: Json): Json {
  if (Array.isArray(schema.allOf)) return close(merged(schema));
  const copy: Json = { ...schema };
  const { properties, items, anyOf } = schema;
  if (isObject(properties)) {
    copy.properties = Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [name, close(value as Json)]),
    );
    copy.additionalProperties = false;
  }
  if (Array.isArray(items)) copy.items = items.map((item) => close(item as Json));
  else if (isObject(items)) copy.items = close(items);
  if (Array.isArray(anyOf)) copy.anyOf = anyOf.map((choice) => close(choice as Json));
  return copy;
}

function merged({ allOf, ...rest }: Json): Json {
  const parts = (allOf as Json[]).map((part) => (Array.isArray(part.allOf) ? merged(part) : part));
  return {
    ...rest,
    type: 'object',
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: [...new Set(parts.flatMap(({ required }) => (required ?? []) as string[]))],
  };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
