// What Prometheus scrapes: counters of cameras, recording, viewers and the process. Labels are ids of
// cameras and nothing that a stranger could choose.
import { Counter, Gauge, Registry } from 'prom-client';
import type { Nvr } from '../nvr.js';
import { streamingOf } from '../streaming.js';
import { VERSION } from '../version.js';

type Labels = Record<string, string>;
type Sample = [value: number, labels?: Labels];

interface Metric {
  name: string;
  help: string;
  /** Names of the labels. */
  labels?: string[];
  read: (nvr: Nvr) => Sample[];
}

const PREFIX = 'fluxvision_';

/** Base units; what only rises ends in `_total`. */
const METRICS: readonly Metric[] = [
  {
    name: 'build_info',
    help: 'Always 1.',
    labels: ['version'],
    read: () => [[1, { version: VERSION }]],
  },
  {
    name: 'up',
    help: '1 while the keys are open and recording is possible.',
    read: (nvr) => [[nvr.unavailable ? 0 : 1]],
  },
  {
    name: 'start_time_seconds',
    help: 'When the server was started, Unix time.',
    read: (nvr) => [[nvr.startedAt / 1000]],
  },
  {
    name: 'process_cpu_ratio',
    help: 'Of all processors, used by this process.',
    read: (nvr) => [[nvr.meters.stats().cpuUsage / 100]],
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Memory of this process.',
    read: (nvr) => [[nvr.meters.stats().memoryBytes]],
  },
  {
    name: 'event_loop_lag_seconds',
    help: 'The longest delay of the last second.',
    read: (nvr) => [[nvr.meters.stats().eventLoopLagMs / 1000]],
  },
  {
    name: 'storage_free_bytes',
    help: 'Room on the disk of the storage.',
    labels: ['volume'],
    read: (nvr) => [[nvr.meters.stats().storageFreeBytes, { volume: 'storage' }]],
  },
  {
    name: 'camera_playing',
    help: '1 while pictures come.',
    labels: ['camera'],
    read: cameras(({ state }) => (state === 'playing' ? 1 : 0)),
  },
  {
    name: 'camera_received_bytes_total',
    help: 'Bytes of the main stream.',
    labels: ['camera'],
    read: cameras(({ camera }) => camera.bytesReceived),
  },
  {
    name: 'camera_frames_total',
    help: 'Pictures that came.',
    labels: ['camera', 'stream'],
    read: (nvr) =>
      Object.entries(nvr.recorder.stats().cameras).flatMap(([id, { camera, sub }]): Sample[] => [
        [camera.accessUnits, { camera: id, stream: 'main' }],
        ...(sub ? [[sub.accessUnits, { camera: id, stream: 'sub' }] as Sample] : []),
      ]),
  },
  {
    name: 'camera_lost_packets_total',
    help: 'RTP packets of the main stream that did not arrive.',
    labels: ['camera'],
    read: cameras(({ camera }) => camera.packetsLost),
  },
  {
    name: 'recorder_frames_written_total',
    help: 'Pictures that are in the recording.',
    labels: ['camera'],
    read: cameras(({ writer }) => writer.framesWritten),
  },
  {
    name: 'recorder_frames_dropped_total',
    help: 'Pictures that are not in the recording; should stay 0.',
    labels: ['camera'],
    read: cameras(({ writer }) => writer.framesDropped),
  },
  {
    name: 'recorder_written_bytes_total',
    help: 'Bytes of sealed segments.',
    labels: ['camera'],
    read: cameras(({ writer }) => writer.bytesWritten),
  },
  {
    name: 'recorder_unindexed_segments',
    help: 'Finished segments whose rows could not be written yet.',
    read: (nvr) => [[nvr.recorder.stats().segmentsNotIndexed]],
  },
  {
    name: 'live_viewers',
    help: 'Open connections for live view.',
    read: (nvr) => [[streamingOf(nvr).broadcaster.stats().viewers]],
  },
  {
    name: 'sessions',
    help: 'Users who are logged in, once for each login.',
    read: (nvr) => [[nvr.sessions.sessions().length]],
  },
  {
    name: 'ws_sent_bytes_total',
    help: 'Live pictures that went to clients.',
    read: (nvr) => [[nvr.clients().bytesSent]],
  },
  {
    name: 'ws_dropped_frames_total',
    help: 'Live pictures that were left out for slow clients and for quotas.',
    read: (nvr) => [[nvr.clients().framesDropped]],
  },
];

type CameraStats = ReturnType<Nvr['recorder']['stats']>['cameras'][string];

function cameras(value: (stats: CameraStats) => number): Metric['read'] {
  return (nvr) =>
    Object.entries(nvr.recorder.stats().cameras).map(
      ([camera, stats]): Sample => [value(stats), { camera }],
    );
}

/** A registry that reads the NVR whenever it is scraped. What is closed is left out. */
export function metricsOf(nvr: Nvr): Registry {
  const registry = new Registry();
  for (const { name, help, labels = [], read } of METRICS) {
    const options = { name: `${PREFIX}${name}`, help, labelNames: labels, registers: [registry] };
    const samples = () => samplesOf(nvr, read);
    if (name.endsWith('_total')) {
      new Counter({
        ...options,
        collect() {
          this.reset();
          for (const [value, of = {}] of samples()) this.inc(of, value);
        },
      });
    } else {
      new Gauge({
        ...options,
        collect() {
          this.reset();
          for (const [value, of = {}] of samples()) this.set(of, value);
        },
      });
    }
  }
  return registry;
}

function samplesOf(nvr: Nvr, read: Metric['read']): Sample[] {
  try {
    return read(nvr);
  } catch (error) {
    if (nvr.unavailable) return [];
    throw error;
  }
}
