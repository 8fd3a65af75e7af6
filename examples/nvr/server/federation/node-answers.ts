// Answers of other servers, as far as they are what was asked for: checked against the schema that this
// server's own answers have, their texts made harmless.
import { type FederationClient, FluxError, isFluxError, plainLines } from '@fluxvision/core';
import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import type { NodeAnswer } from '../../protocol/index.js';
import type { Federation } from './federation.js';

type NodeRequest = Parameters<FederationClient['request']>[1];

/** What one of several servers said, or why it said nothing. */
export type NodeOutcome<T> = { nodeId: string; answer: NodeAnswer; value?: T };

const validators = new WeakMap<TSchema, Validator>();
const MAX_TEXT = 2000;
/** `ERR_NODE_...`; what the node refused comes with the code that it told. */
export async function askNode<Schema extends TSchema>(
  federation: Pick<Federation, 'client'>,
  nodeId: string,
  request: NodeRequest,
  schema: Schema,
): Promise<Static<Schema>> {
  return checked(schema, await federation.client.request<unknown>(nodeId, request));
}

/** All of them at once; none keeps the others waiting, and none that fails is left unsaid. */
export async function askNodes<T>(
  federation: Federation,
  nodeIds: readonly string[],
  ask: (nodeId: string) => Promise<T>,
): Promise<NodeOutcome<T>[]> {
  return Promise.all(
    nodeIds.map(async (nodeId): Promise<NodeOutcome<T>> => {
      const began = performance.now();
      const about = { id: nodeId, label: labelOf(federation, nodeId) };
      const took = () => ({ tookMs: Math.round(performance.now() - began) });
      try {
        const value = await ask(nodeId);
        return {
          ...{ nodeId, value },
          answer: { ...about, status: 'ok', asOf: Date.now(), ...took() },
        };
      } catch (error) {
        return { nodeId, answer: { ...about, status: 'error', ...took(), error: toldOf(error) } };
      }
    }),
  );
}

/** The value without what the schema does not name; texts cut and made harmless. `ERR_NODE_ANSWER`. */
export function checked<Schema extends TSchema>(schema: Schema, value: unknown): Static<Schema> {
  let validator = validators.get(schema);
  if (!validator) {
    validator = Compile(schema);
    validators.set(schema, validator);
  }
  const harmless = withHarmlessTexts(value);
  if (validator.Check(harmless)) return validator.Clean(harmless) as Static<Schema>;
  const what =
    'It answers, and not as a FluxVision server does. Check its address and its version.';
  throw new FluxError('ERR_NODE_ANSWER', what);
}

/** Answers are JSON of a bounded depth. */
function withHarmlessTexts(value: unknown): unknown {
  if (typeof value === 'string') return plainLines(value, MAX_TEXT);
  if (Array.isArray(value)) return value.map(withHarmlessTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withHarmlessTexts(member)]),
  );
}

function labelOf({ registry }: Federation, nodeId: string): string {
  return registry.has(nodeId) ? registry.get(nodeId).label : nodeId;
}

function toldOf(error: unknown): { code: string; message: string } {
  if (isFluxError(error)) return { code: error.code, message: error.message };
  return { code: 'ERR_INTERNAL', message: 'Something failed in the server; its log says what.' };
}
