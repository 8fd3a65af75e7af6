// How much of a burst the kernel keeps for a camera over UDP: what exceeds it is lost without a trace.
import { readFileSync } from 'node:fs';

/** As lib/rtsp/udp_receiver.cc asks for. A key frame of 4K video comes as one burst of a megabyte or two. */
const WANTED_BYTES = 4 * 1024 * 1024;
const SETTING = 'net.core.rmem_max';
const FILE = '/proc/sys/net/core/rmem_max';

/** What {@link udpReceiveBuffer} found. */
export interface UdpReceiveBuffer {
  /** What the engine asks for, for each track of a camera with `transport: 'udp'`. */
  wantedBytes: number;
  /** The most that the kernel gives; undefined where it does not say. */
  maxBytes: number | undefined;
  enough: boolean;
  /** Where it is not enough: the command that mends it, until the next start of the machine. */
  fix?: string;
}

/** Compares what the engine asks for with what the kernel gives. @internal */
export function udpReceiveBuffer(file = FILE): UdpReceiveBuffer {
  const maxBytes = readNumber(file);
  // Where it cannot be told, there is nothing to mend.
  const enough = maxBytes === undefined || maxBytes >= WANTED_BYTES;
  return {
    ...{ wantedBytes: WANTED_BYTES, maxBytes, enough },
    ...(!enough && { fix: `sudo sysctl -w ${SETTING}=${WANTED_BYTES}` }),
  };
}

function readNumber(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'latin1').trim();
    return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
