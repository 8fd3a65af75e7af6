// Schemas of answers: what a route gives, and how problems look.
import { type TSchema, Type } from 'typebox';
import { Problem } from '../../protocol/index.js';

/** 200 with `schema`, anything else a problem. */
export function answers<T extends TSchema>(schema: T) {
  return { 200: schema, '4xx': Problem, '5xx': Problem };
}

/** 201 with `schema`. */
export function creates<T extends TSchema>(schema: T) {
  return { 201: schema, '4xx': Problem, '5xx': Problem };
}

/** 202 with `schema`: it is begun. */
export function accepts<T extends TSchema>(schema: T) {
  return { 202: schema, '4xx': Problem, '5xx': Problem };
}

/** Bytes of any type. */
export const file = {
  '2xx': Type.Any(),
  304: Type.Any(),
  416: Type.Any(),
  '4xx': Problem,
  '5xx': Problem,
};

/** 204, nothing. */
export const nothing = { 204: Type.Null(), '4xx': Problem, '5xx': Problem };

/** A list that is given as a whole. */
export function listOf<T extends TSchema>(item: T) {
  return Type.Object({ items: Type.Array(item) });
}
