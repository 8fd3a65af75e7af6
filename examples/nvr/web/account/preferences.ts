// What the interface remembers for a user, at the server the page came from.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Preferences } from '../../protocol/index.js';
import { useServers } from '../api/index.js';
import { isTimeZone, type MomentStyle } from '../format/moments.js';
import { isLanguage, type Language } from '../i18n/index.js';
import { isTheme, type ThemeChoice } from '../theme/theme.js';

/** Members of the preferences that pages know; others are kept as they are. */
export interface KnownPreferences {
  /** IANA; absent: the browser's. */
  timeZone?: string;
  /** Absent: as the language has it. */
  hour12?: boolean;
  /** Id of the layout that the live page begins with. */
  defaultLayout?: string;
  /** How long the cameras of a tour stay. */
  tourSeconds?: number;
  theme?: ThemeChoice;
  language?: Language;
}

export interface PreferencesAccess {
  preferences: Preferences;
  /** They came from the server; before that nothing must be written over them. */
  ready: boolean;
  /** They are on their way; false also where they cannot be had. */
  isPending: boolean;
  /** Undefined members are taken away. Throws what the request throws. */
  change: (members: Preferences) => Promise<void>;
}

const PATH = '/api/account/preferences';

export function usePreferences(): PreferencesAccess {
  const { home } = useServers();
  const queries = useQueryClient();
  const key = useMemo(() => [home.id, 'preferences'] as const, [home.id]);
  const { data, isPending } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => home.api.get<Preferences>(PATH, { signal }),
    staleTime: 300_000,
  });
  const change = useCallback(
    async (members: Preferences) => {
      const before = await queries.ensureQueryData({
        queryKey: key,
        queryFn: () => home.api.get<Preferences>(PATH),
      });
      const next = Object.fromEntries(
        Object.entries({ ...before, ...members }).filter(([, value]) => value !== undefined),
      );
      // Shown at once; taken back where the server refuses it.
      queries.setQueryData(key, next);
      try {
        await home.api.put(PATH, next);
      } catch (error) {
        queries.setQueryData(key, before);
        throw error;
      }
    },
    [home, queries, key],
  );
  return useMemo(
    () => ({ preferences: data ?? {}, ready: data !== undefined, isPending, change }),
    [data, isPending, change],
  );
}

/** The preferences that are of the right kind; they may have been written by another version. */
export function readPreferences(preferences: Preferences): KnownPreferences {
  const { timeZone, hour12, defaultLayout, tourSeconds, theme, language } = preferences;
  return {
    ...(typeof timeZone === 'string' && isTimeZone(timeZone) && { timeZone }),
    ...(typeof hour12 === 'boolean' && { hour12 }),
    ...(typeof defaultLayout === 'string' && { defaultLayout }),
    ...(isTourLength(tourSeconds) && { tourSeconds }),
    ...(isTheme(theme) && { theme }),
    ...(isLanguage(language) && { language }),
  };
}

function isTourLength(value: unknown): value is number {
  return typeof value === 'number' && value >= 1 && value <= 3600;
}

/** How this user reads moments: for `format/moments.ts`. */
export function useMomentStyle(): MomentStyle {
  const { i18n } = useTranslation();
  const { preferences } = usePreferences();
  return useMemo(() => {
    const { timeZone, hour12 } = readPreferences(preferences);
    return {
      language: i18n.language,
      ...(timeZone !== undefined && { timeZone }),
      ...(hour12 !== undefined && { hour12 }),
    };
  }, [i18n.language, preferences]);
}
