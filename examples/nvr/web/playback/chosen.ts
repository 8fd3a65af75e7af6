// Which cameras are played together: a connection, and its clock, are of one server.
import { nodeOfAll } from '../federation/ids.js';

export const MAX_CAMERAS = 16;

/** As many as can be played in step: those of the server of the first. */
export function playable(ids: readonly string[]): string[] {
  const [first] = ids;
  if (first === undefined) return [];
  return ids.filter((id) => nodeOfAll([first, id]) !== undefined).slice(0, MAX_CAMERAS);
}

/** With another camera; alone, where it is of another server. */
export function chosenWith(chosen: readonly string[], id: string): string[] {
  return nodeOfAll([...chosen, id]) === undefined ? [id] : [...chosen, id];
}
