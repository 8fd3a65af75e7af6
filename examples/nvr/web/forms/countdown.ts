// How long a password or passphrase may not be tried, after too many wrong ones.
import { useEffect, useState } from 'react';
import { ApiProblem } from '../api/index.js';

/** Seconds until the server takes another attempt, counting down. `failure`: what the last one threw. */
export function useCountdown(failure: unknown): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const ms = failure instanceof ApiProblem ? (failure.retryAfterMs ?? 0) : 0;
    const until = Date.now() + ms;
    const update = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    update();
    if (ms === 0) return;
    const timer = setInterval(update, 500);
    return () => clearInterval(timer);
  }, [failure]);
  return left;
}
