// Key stores that tests make ask for as few iterations as the policy allows: what hashing a passphrase
// costs by default was a good part of what all tests computed.
import { KeyManager } from '../../src/keys/index.js';
import { MIN_ITERATIONS } from '../../src/keys/passphrase.js';

const done = Symbol.for('fluxvision.test.fewest-iterations');
const marked = KeyManager as typeof KeyManager & { [done]?: true };

// Files that share a process come here one after the other.
if (!marked[done]) {
  marked[done] = true;
  for (const make of ['create', 'openOrCreate'] as const) {
    const original = KeyManager[make].bind(KeyManager);
    KeyManager[make] = (options) =>
      original(isGiven(options) ? { iterations: MIN_ITERATIONS, ...options } : options);
  }
}

function isGiven(options: unknown): boolean {
  return typeof options === 'object' && options !== null && !Array.isArray(options);
}
