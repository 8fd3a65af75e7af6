// Which cameras are played together: of whichever servers, each once.

export const MAX_CAMERAS = 16;

/** As many as can be played in step. */
export function playable(ids: readonly string[]): string[] {
  return [...new Set(ids)].slice(0, MAX_CAMERAS);
}
