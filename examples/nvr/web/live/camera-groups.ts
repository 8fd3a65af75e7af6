// Cameras in their groups, as far as a search finds them.
import type { CameraView } from '../../protocol/cameras.js';

export interface CameraGroup {
  /** `''`: of no group; the last one. */
  name: string;
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
  const groups = new Map<string, CameraView[]>();
  for (const camera of cameras) {
    const text = `${camera.name} ${camera.group ?? ''} ${camera.id}`.toLocaleLowerCase(language);
    if (!words.every((word) => text.includes(word))) continue;
    const name = camera.group ?? '';
    const group = groups.get(name);
    if (group) group.push(camera);
    else groups.set(name, [camera]);
  }
  return [...groups]
    .map(([name, members]) => ({
      name,
      cameras: members.sort((a, b) => order.compare(a.name, b.name)),
    }))
    .sort((a, b) => Number(a.name === '') - Number(b.name === '') || order.compare(a.name, b.name));
}
