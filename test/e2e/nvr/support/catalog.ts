// The words of the interface, as its catalogs have them.
import { join } from 'node:path';

const CATALOGS = join(import.meta.dirname, '../../../../examples/nvr/web/i18n');

export interface Words {
  title: string;
  /** Where it is a fault: what it means for the recordings. */
  meaning?: string;
  advice: string;
}

/** The words for a code, for those who may mend it. */
export async function openCatalog(language: 'en' | 'ko'): Promise<(code: string) => Words> {
  const catalog = await import(join(CATALOGS, language, 'troubles.ts'));
  return (code) => catalog.default[code];
}
