// Words for what the server names by a code.
import i18next from 'i18next';
import { ApiProblem } from '../api/problem.js';

export interface Words {
  title: string;
  /** What to do. */
  advice: string;
}

/** Of a trouble or a refused request: ours where we have them, else the server's own. */
export function wordsOf(code: string, message = ''): Words {
  const key = `troubles:${code}`;
  if (!i18next.exists(`${key}.title`)) return { title: message || code, advice: '' };
  return { title: i18next.t(`${key}.title`), advice: i18next.t(`${key}.advice`) };
}

/** Of whatever a request threw. */
export function wordsOfError(error: unknown): Words {
  if (error instanceof ApiProblem) return wordsOf(error.code, error.message);
  return { title: error instanceof Error ? error.message : String(error), advice: '' };
}
