// How busy the threads of this process are.
import { native } from '../native/index.js';

/** A pool of threads that all cameras of the process share. */
export interface PoolStats {
  /**
   * `network`: sockets, RTP, frames (at most 8 threads). `recording`: muxing, sealing, file writes (at
   * most 4). `sync`: makes files durable. `decode`: thumbnails and decoders (at most 8). Never more
   * than the machine has cores.
   */
  name: 'network' | 'recording' | 'sync' | 'decode';
  /** Running now. */
  threads: number;
  /** Cameras or writers per thread; for `decode` the jobs that wait. */
  load: number[];
  /** Jobs that found the queue full. */
  rejected: number;
}

/** The thread pools of this process; empty before the first camera or recorder. */
export function engineStats(): PoolStats[] {
  return native.engineStats();
}
