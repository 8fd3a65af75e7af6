// Cameras in their groups, as far as a search finds them.
import type { CameraView } from '../../protocol/cameras.js';

export interface CameraGroup {
  /** `''`: of no group; the last one of its server. */
  name: string;
  /** Of another server; `''`: the server's own, which come first. */
  server: string;
  cameras: readonly CameraView[];
}

/** Every word of the search stands in the name, the group or the id. In the order of the language. */
export function groupsOf(
  cameras: readonly CameraView[],
  search: string,
  language: string,
): CameraGroup[] {
  const words = search.toLocaleLowerCase(language).split(/\s+/).filter(Boolean);
  const order = new Intl.Collator(language, { numeric: true });
  const groups = new Map<string, CameraGroup & { cameras: CameraView[] }>();
  for (const camera of cameras) {
    const { name, group = '', node } = camera;
    const server = node?.label ?? '';
    const text = `${name} ${group} ${camera.id} ${server}`.toLocaleLowerCase(language);
    if (!words.every((word) => text.includes(word))) continue;
    const key = `${node?.id ?? ''} ${group}`;
    const known = groups.get(key) ?? { name: group, server, cameras: [] };
    known.cameras.push(camera);
    groups.set(key, known);
  }
  for (const { cameras: members } of groups.values()) {
    members.sort((a, b) => order.compare(a.name, b.name));
  }
  return [...groups.values()].sort(
    (a, b) =>
      order.compare(a.server, b.server) ||
      Number(a.name === '') - Number(b.name === '') ||
      order.compare(a.name, b.name),
  );
}
