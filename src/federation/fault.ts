// What can be wrong with a node, and which refusals of a node are handed on.
import { FluxError, isFluxError } from '../errors.js';
import type { NodeFault } from './answers.js';
import { readProblem } from './read-answers.js';

/** A node answers that it does not do something, and why. Other codes of its own mean nothing here. */
const HANDED_ON = new Set([
  'ERR_NODE_SELF',
  'ERR_NODE_KEY_IN_USE',
  'ERR_TICKET',
  'ERR_TICKET_RANGE',
  'ERR_CAMERA_NOT_FOUND',
  'ERR_NOT_FOUND',
  'ERR_NO_FOOTAGE',
  'ERR_INVALID_ARGUMENT',
  'ERR_STATE',
  'ERR_LIMIT',
  'ERR_BUSY',
  'ERR_TIMEOUT',
  'ERR_UNSUPPORTED',
  'ERR_STORAGE_FULL',
]);

/** True for the codes that a node may give as its own answer. */
export function isHandedOn(code: string): boolean {
  return HANDED_ON.has(code);
}

/** There is no node of that id. */
export function noNode(id: string): FluxError {
  return new FluxError(
    'ERR_NODE_NOT_FOUND',
    `There is no server '${id.slice(0, 64)}' in the list.`,
  );
}

/** As {@link NodeStatus} tells it. */
export function faultOf(error: unknown): NodeFault {
  if (!isFluxError(error)) {
    return { code: 'ERR_INTERNAL', message: error instanceof Error ? error.message : 'It failed.' };
  }
  const { code, message, fingerprint } = error;
  return { code, message, ...(fingerprint !== undefined && { fingerprint }) };
}

/** Nothing that goes by itself: asking again soon would not help. */
const LASTING = new Set([
  'ERR_NODE_IDENTITY',
  'ERR_NODE_KEY',
  'ERR_NODE_KEY_IN_USE',
  'ERR_NODE_VERSION',
  'ERR_NODE_SELF',
]);
/** The way to the node, or what answers there. */
const PASSING = new Set(['ERR_NODE_UNREACHABLE', 'ERR_NODE_TIMEOUT', 'ERR_NODE_ANSWER']);

/** `lasting`: until somebody does something. Undefined: not the node's. */
export function kindOf(error: unknown): 'lasting' | 'passing' | undefined {
  if (!isFluxError(error)) return undefined;
  if (LASTING.has(error.code)) return 'lasting';
  return PASSING.has(error.code) ? 'passing' : undefined;
}

/** It is switched off. */
export function disabled(label: string): FluxError {
  return new FluxError('ERR_NODE_DISABLED', `'${label}' is switched off. Switch it on to ask it.`);
}

/** What an answer refuses; undefined for an answer. A node's own words stand in the message alone. */
export function refusalOf(url: string, answer: { status: number; body: Uint8Array }) {
  const { status, body } = answer;
  if ((status >= 200 && status < 300) || status === 304) return undefined;
  const problem = readProblem(body);
  if (problem && isHandedOn(problem.code)) return new FluxError(problem.code, problem.detail);
  if (status === 401 || status === 403) {
    const words = problem ? `: ${problem.detail}` : '.';
    return new FluxError('ERR_NODE_KEY', `${url} refuses the key${words}`);
  }
  if (status === 429 || (status === 503 && problem)) {
    return new FluxError('ERR_BUSY', `${url} is asked too much at present. Ask again later.`);
  }
  const words = problem ? `: ${problem.detail}` : '';
  return new FluxError('ERR_NODE_ANSWER', `${url} answers with status ${status}${words}`);
}
