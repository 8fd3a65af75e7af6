// Languages: one catalog for each area of the interface, loaded when it is first needed.
import i18next, { type BackendModule, type ResourceKey } from 'i18next';
import { initReactI18next } from 'react-i18next';

export const LANGUAGES = { en: 'English', ko: '한국어' } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = 'fluxvision.language';
const catalogs = import.meta.glob<{ default: ResourceKey }>('./*/*.ts');

const backend: BackendModule = {
  type: 'backend',
  init() {},
  read(language, area, done) {
    const load = catalogs[`./${language}/${area}.ts`];
    if (!load) {
      done(new Error(`no catalog ${language}/${area}`), false);
      return;
    }
    load().then(
      (catalog) => done(null, catalog.default),
      (error: Error) => done(error, false),
    );
  },
};

export function isLanguage(value: unknown): value is Language {
  return typeof value === 'string' && Object.hasOwn(LANGUAGES, value);
}

function preferred(): Language {
  const stored = localStorage.getItem(KEY);
  if (isLanguage(stored)) return stored;
  return navigator.language.toLowerCase().startsWith('ko') ? 'ko' : 'en';
}

export function currentLanguage(): Language {
  return i18next.language === 'ko' ? 'ko' : 'en';
}

export async function startLanguage(): Promise<void> {
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: preferred(),
      fallbackLng: 'en',
      supportedLngs: Object.keys(LANGUAGES),
      ns: ['common'],
      defaultNS: 'common',
      interpolation: { escapeValue: false },
      returnNull: false,
      showSupportNotice: false,
    });
  document.documentElement.lang = currentLanguage();
  // Long, and seldom needed at once: nothing waits for it.
  void i18next.loadNamespaces('troubles');
}

export async function setLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEY, language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
