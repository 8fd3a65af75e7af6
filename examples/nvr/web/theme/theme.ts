// Dark or light, as chosen or as the system has it; remembered in this browser, for the page of the login.
import { useSyncExternalStore } from 'react';

export const THEMES = ['dark', 'light', 'system'] as const;
export type ThemeChoice = (typeof THEMES)[number];

const KEY = 'fluxvision.theme';
const listeners = new Set<() => void>();
const prefersLight = window.matchMedia('(prefers-color-scheme: light)');

export function isTheme(value: unknown): value is ThemeChoice {
  return THEMES.some((theme) => theme === value);
}

function stored(): ThemeChoice {
  const value = localStorage.getItem(KEY);
  return isTheme(value) ? value : 'dark';
}

let choice = stored();

function apply(): void {
  const light = choice === 'light' || (choice === 'system' && prefersLight.matches);
  document.documentElement.dataset.theme = light ? 'light' : 'dark';
  for (const listener of listeners) listener();
}

/** Call it once, before the first page is drawn. */
export function startTheme(): void {
  prefersLight.addEventListener('change', apply);
  apply();
}

export function setTheme(next: ThemeChoice): void {
  choice = next;
  localStorage.setItem(KEY, next);
  apply();
}

export function useTheme(): ThemeChoice {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => choice,
  );
}
