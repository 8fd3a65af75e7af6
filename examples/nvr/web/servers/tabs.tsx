// The tabs of the servers; one alone for now.
import { useServers } from '../api/index.js';

export function ServerTabs() {
  const { active } = useServers();
  return <strong style={{ alignSelf: 'center' }}>{active.label}</strong>;
}
