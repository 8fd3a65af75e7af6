// What the interface remembers for a user, at the server the page came from.
import { type QueryClient, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Preferences } from '../../protocol/index.js';
import { type ServerConnection, useServers } from '../api/index.js';
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
  /** Pictures of all servers are asked for sealed. Absent: they are not. */
  sealedPictures?: boolean;
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

function preferencesOf(home: ServerConnection) {
  return queryOptions({
    queryKey: [home.id, 'preferences'] as const,
    queryFn: ({ signal }) => home.api.get<Preferences>(PATH, { signal }),
    staleTime: 300_000,
  });
}

/** For connections. While nobody can tell, they are: it costs a little work and takes nothing away. */
export async function wantsSealedPictures(
  queries: QueryClient,
  home: ServerConnection,
): Promise<boolean> {
  try {
    const preferences = await queries.fetchQuery(preferencesOf(home));
    return readPreferences(preferences).sealedPictures ?? false;
  } catch {
    return true;
  }
}

export function usePreferences(): PreferencesAccess {
  const { home } = useServers();
  const queries = useQueryClient();
  const asked = useMemo(() => preferencesOf(home), [home]);
  const { data, isPending } = useQuery(asked);
  const change = useCallback(
    async (members: Preferences) => {
      const before = await queries.ensureQueryData(asked);
      const next = Object.fromEntries(
        Object.entries({ ...before, ...members }).filter(([, value]) => value !== undefined),
      );
      // Shown at once; taken back where the server refuses it.
      queries.setQueryData(asked.queryKey, next);
      try {
        await home.api.put(PATH, next);
      } catch (error) {
        queries.setQueryData(asked.queryKey, before);
        throw error;
      }
    },
    [home, queries, asked],
  );
  return useMemo(
    () => ({ preferences: data ?? {}, ready: data !== undefined, isPending, change }),
    [data, isPending, change],
  );
}

/** The preferences that are of the right kind; they may have been written by another version. */
export function readPreferences(preferences: Preferences): KnownPreferences {
  const { timeZone, hour12, defaultLayout, tourSeconds, theme, language } = preferences;
  const { sealedPictures } = preferences;
  return {
    ...(typeof timeZone === 'string' && isTimeZone(timeZone) && { timeZone }),
    ...(typeof hour12 === 'boolean' && { hour12 }),
    ...(typeof defaultLayout === 'string' && { defaultLayout }),
    ...(isTourLength(tourSeconds) && { tourSeconds }),
    ...(isTheme(theme) && { theme }),
    ...(isLanguage(language) && { language }),
    ...(typeof sealedPictures === 'boolean' && { sealedPictures }),
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
