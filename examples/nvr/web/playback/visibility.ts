// A page that is not seen gets no pictures: it pauses, and goes on where it was.
import type { PlaybackSnapshot } from './snapshot.js';

export interface Pausable {
  snapshot(): Pick<PlaybackSnapshot, 'wantsPlay'>;
  position(): number;
  pause(): void;
  seek(position: number): void;
  play(): void;
}

/** Returns what ends it. */
export function stopWhileHidden(playback: Pausable): () => void {
  let goesOn = false;
  const onChange = () => {
    if (document.hidden) {
      goesOn = playback.snapshot().wantsPlay;
      if (goesOn) playback.pause();
      return;
    }
    // Decoders that were idle for long are taken back by the browser.
    playback.seek(playback.position());
    if (goesOn) playback.play();
  };
  document.addEventListener('visibilitychange', onChange);
  return () => document.removeEventListener('visibilitychange', onChange);
}
