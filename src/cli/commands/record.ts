// fluxvision record: cameras into a storage, until Ctrl-C or for a time.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import {
  type CameraOptions,
  ConfigStore,
  FluxError,
  type KeyManager,
  Recorder,
  type RecorderStats,
  type RetentionOptions,
  type SegmentFileNames,
} from '../../index.js';
import { requireStorage } from '../../recording/index.js';
import { DAY_MS } from '../../utc-day.js';
import { byteSize } from '../byte-size.js';
import { Exit, ExitCode } from '../exit-codes.js';
import { onInterrupt, sleep } from '../interrupt.js';
import { type OpenKeysOptions, openOrCreateKeys } from '../open-keys.js';
import {
  type CameraArgument,
  cameraArgument,
  seconds,
  withJson,
  withRoot,
  withStorage,
} from '../options.js';
import { formatBytes, formatDuration, printJsonLine, printTable, say } from '../output.js';
import { describeLoss, RecordingLosses } from '../recording-losses.js';
import { StatusLines } from '../status-lines.js';
import { formatTime } from '../time.js';

interface Options extends OpenKeysOptions {
  camera?: CameraArgument[];
  duration?: number;
  segment: number;
  formatVersion: '1' | '2';
  fileNames: SegmentFileNames;
  retainDays?: number;
  maxBytes?: number;
  minFree?: number;
  create: boolean;
  json?: boolean;
}

const REDRAW_MS = 1000;

export function addRecord(program: Command): void {
  withJson(
    withRoot(
      withStorage(program.command('record').description('record cameras, encrypted, until Ctrl-C'))
        .option(
          '--camera <id=url>',
          'a camera; repeat for more (default: those of `fluxvision cameras`)',
          cameraArgument,
        )
        .option('--duration <s>', 'stop after this many seconds', seconds(0.1, 1e9))
        .option('--segment <s>', 'length of a segment in seconds', seconds(2, 3600), 10)
        .addOption(
          new Option('--format-version <v>', '2: survives a power cut; 1: as in the specification')
            .choices(['1', '2'])
            .default('2'),
        )
        .addOption(
          new Option('--file-names <kind>', 'what segment files are called')
            .choices(['seconds', 'fvd', 'hash', 'jpeg'])
            .default('seconds'),
        )
        .option('--retain-days <d>', 'delete footage that is older than this', days)
        .option('--max-bytes <size>', 'delete the oldest footage beyond this, as 500G', byteSize)
        .option(
          '--min-free <size>',
          'delete the oldest footage where less of the disk is free (default with the two above: 2 GiB or 1 %)',
          byteSize,
        )
        .option('--no-create', 'fail where the storage is not there: its disk is not mounted'),
    ),
  ).action(run);
}

async function run(options: Options): Promise<void> {
  // Before keys are made in a folder where a disk should be mounted.
  if (!options.create) requireStorage(options.storage);
  // Before a storage is made for nothing.
  if (!options.camera && !existsSync(join(options.storage, 'config.db'))) throw noCamera();
  const keys = await openOrCreateKeys(options);
  const interrupt = onInterrupt();
  const startedAt = Date.now();
  try {
    const cameras = options.camera ?? (await storedCameras(options.storage, keys));
    const recorder = await Recorder.open({
      storage: options.storage,
      keys,
      segmentDuration: options.segment,
      formatVersion: Number(options.formatVersion) as 1 | 2,
      fileNames: options.fileNames,
      create: options.create,
      ...retentionOf(options),
    });
    const losses = new RecordingLosses(recorder);
    const screen = showOn(recorder, options.json ?? false);
    try {
      for (const camera of cameras) recorder.addCamera(camera);
      const duration = options.duration === undefined ? undefined : options.duration * 1000;
      await sleep(duration, interrupt.signal);
    } finally {
      await recorder.close();
      screen.stop();
    }
    const stats = recorder.stats();
    summarize(stats, losses, Date.now() - startedAt, options.json ?? false);
    failWhereIncomplete(stats, losses);
  } finally {
    interrupt.release();
    await keys.close();
  }
  // Without --duration a Ctrl-C is how recording ends; with it, it is early.
  if (interrupt.status !== undefined && options.duration !== undefined) {
    throw new Exit(interrupt.status);
  }
}

function days(value: string): number {
  return seconds(0.01, 36_500)(value);
}

/** Nothing is ever deleted unless one of the options says so. */
function retentionOf(options: Options): { retention?: RetentionOptions } {
  const { retainDays, maxBytes, minFree } = options;
  if (retainDays === undefined && maxBytes === undefined && minFree === undefined) return {};
  return {
    retention: {
      ...(retainDays !== undefined && { maxAge: retainDays * DAY_MS }),
      ...(maxBytes !== undefined && { maxBytes }),
      ...(minFree !== undefined && { minFreeBytes: minFree }),
    },
  };
}

async function storedCameras(storage: string, keys: KeyManager): Promise<CameraOptions[]> {
  const config = await ConfigStore.open({ storage, keys });
  try {
    const cameras = config.cameras();
    if (cameras.length > 0) return cameras;
    throw noCamera();
  } finally {
    await config.close();
  }
}

function noCamera(): FluxError {
  return new FluxError(
    'ERR_INVALID_ARGUMENT',
    'There is no camera to record. Give --camera ID=URL, or keep one with: fluxvision cameras add.',
  );
}

interface Screen {
  stop(): void;
}

/** Shows what happens: JSON lines, lines that redraw themselves on a terminal, or plain lines. */
function showOn(recorder: Recorder, json: boolean): Screen {
  const lines = !json && process.stderr.isTTY ? new StatusLines(process.stderr) : undefined;
  const tell = (event: string, data: object, text: string | undefined) => {
    if (json) printJsonLine({ event, ...data });
    else if (text !== undefined) {
      lines?.clear();
      say(text);
    }
  };
  recorder.on('camera', ({ error, ...change }) => {
    const reason = error ? `: ${error.message}` : '';
    const retry =
      change.retryInMs === undefined ? '' : `, again in ${formatDuration(change.retryInMs)}`;
    tell(
      'camera',
      error ? { ...change, code: error.code, message: error.message } : change,
      lines ? undefined : `${change.cameraId} ${change.state}${reason}${retry}`,
    );
  });
  recorder.on('segment', (segment) => {
    const { cameraId, filePath, frames, fileSize } = segment;
    const text = `${cameraId} ${filePath} ${frames} frames ${formatBytes(fileSize)}`;
    tell('segment', segment, lines ? undefined : text);
  });
  recorder.on('recovered', (segment) =>
    tell('recovered', segment, `recovered ${segment.filePath}: ${segment.frames} frames`),
  );
  recorder.on('gap', (gap) =>
    tell(
      'gap',
      gap,
      `${gap.cameraId} ${gap.frames} frames not recorded at ${formatTime(gap.from)}: ${gap.reason}`,
    ),
  );
  recorder.on('retention', (report) => {
    const text = `deleted ${report.deleted} segments, ${formatBytes(report.bytes)}`;
    tell('retention', report, lines ? undefined : text);
  });
  recorder.on('deleteFailed', ({ error, ...failed }) =>
    tell(
      'deleteFailed',
      { ...failed, code: error.code, message: error.message },
      `not deleted: ${failed.filePath}: ${error.message}`,
    ),
  );
  recorder.on('storageFull', (state) =>
    tell('storageFull', state, `THE DISK IS FULL: ${state.message}`),
  );
  recorder.on('recordingBlocked', ({ reason, error }) =>
    tell(
      'recordingBlocked',
      { reason, code: error.code, message: error.message },
      `NOT RECORDING (${reason}): ${error.message}`,
    ),
  );
  recorder.on('recordingResumed', (resumed) =>
    tell(
      'recordingResumed',
      resumed,
      `recording again; it was not since ${formatTime(resumed.from)}`,
    ),
  );
  recorder.on('error', ({ code, message }) =>
    tell('error', { code, message }, `error: ${message} (${code})`),
  );
  if (!lines) return { stop: () => {} };
  const redraw = setInterval(() => lines.draw(recorder.stats(), Date.now()), REDRAW_MS);
  return {
    stop() {
      clearInterval(redraw);
      lines.clear();
    },
  };
}

function summarize(
  stats: RecorderStats,
  losses: RecordingLosses,
  durationMs: number,
  json: boolean,
): void {
  const cameras = Object.entries(stats.cameras);
  const lost = losses.of(stats);
  if (json) {
    const all = cameras.map(([id, { camera, writer }]) => {
      const notRecorded = lost.get(id);
      return [id, { ...camera, ...writer, ...(notRecorded && { notRecorded }) }];
    });
    const { errors } = losses;
    printJsonLine({ event: 'summary', durationMs, cameras: Object.fromEntries(all), errors });
    return;
  }
  printTable(
    ['CAMERA', 'SEGMENTS', 'FRAMES', 'SIZE', 'LOST PACKETS', 'CONNECTS', 'FAILURES'],
    cameras.map(([id, { camera, writer }]) => [
      id,
      writer.segmentsWritten,
      writer.framesWritten,
      formatBytes(writer.bytesWritten),
      camera.packetsLost,
      camera.connects,
      camera.failures,
    ]),
    [1, 2, 3, 4, 5, 6],
  );
}

/** Says, where it was not all well, what is not in the recording and why. */
function failWhereIncomplete(stats: RecorderStats, losses: RecordingLosses): void {
  const silent = Object.entries(stats.cameras).filter(([, { camera }]) => camera.connects === 0);
  for (const [id, { lastError }] of silent) {
    const reason = lastError ? `${lastError.message} (${lastError.code})` : 'no answer yet';
    say(`fluxvision: camera ${id} never played: ${reason}`);
  }
  const lost = losses.of(stats);
  for (const [id, loss] of lost) say(`fluxvision: ${describeLoss(id, loss)}`);
  if (lost.size > 0) {
    for (const { code, count, message } of losses.errors) {
      say(`fluxvision: ${code}, ${count} ${count === 1 ? 'time' : 'times'}: ${message}`);
    }
  }
  if (silent.length + lost.size > 0) throw new Exit(ExitCode.failed);
}
