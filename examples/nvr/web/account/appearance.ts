// Language and colours: of the user, wherever the login is; of this browser before that.
import { useCallback, useEffect } from 'react';
import { toastFailure } from '../forms/action.js';
import { currentLanguage, type Language, setLanguage } from '../i18n/index.js';
import { setTheme, type ThemeChoice, useTheme } from '../theme/theme.js';
import { readPreferences, usePreferences } from './preferences.js';

export interface Appearance {
  theme: ThemeChoice;
  language: Language;
  /** Shown at once, and kept with the user. */
  choose: (choice: { theme?: ThemeChoice; language?: Language }) => void;
}

export function useAppearance(): Appearance {
  const theme = useTheme();
  const { change } = usePreferences();
  const choose = useCallback<Appearance['choose']>(
    (choice) => {
      show(choice);
      change({ ...choice }).catch(toastFailure);
    },
    [change],
  );
  return { theme, language: currentLanguage(), choose };
}

/** Shows what the user chose, here or elsewhere. Once, in the shell. */
export function useKeptAppearance(): void {
  const { preferences } = usePreferences();
  const { theme, language } = readPreferences(preferences);
  useEffect(() => {
    show({ ...(theme && { theme }), ...(language && { language }) });
  }, [theme, language]);
}

function show({ theme, language }: Parameters<Appearance['choose']>[0]): void {
  if (theme) setTheme(theme);
  if (language && language !== currentLanguage()) void setLanguage(language);
}
