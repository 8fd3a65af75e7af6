// Words for what the server names by a code.
import i18next from 'i18next';
import { ApiProblem } from '../api/problem.js';

export interface Words {
  title: string;
  /** What it means for the recordings; empty where that is no question. */
  meaning: string;
  /** What to do. */
  advice: string;
}

/**
 * Of a trouble or a refused request: ours where we have them, else the server's own. `mends`: the reader
 * may mend the installation; others are told whom to ask.
 */
export function wordsOf(code: string, message = '', mends = true): Words {
  const key = `troubles:${code}`;
  if (!i18next.exists(`${key}.title`)) return { title: message || code, meaning: '', advice: '' };
  const isFault = i18next.exists(`${key}.meaning`);
  return {
    title: i18next.t(`${key}.title`),
    meaning: isFault ? i18next.t(`${key}.meaning`) : '',
    advice: i18next.t(isFault && !mends ? 'troubles:tellAdministrator' : `${key}.advice`),
  };
}

/** Of whatever a request threw. */
export function wordsOfError(error: unknown): Words {
  if (error instanceof ApiProblem) return wordsOf(error.code, error.message);
  const title = error instanceof Error ? error.message : String(error);
  return { title, meaning: '', advice: '' };
}
