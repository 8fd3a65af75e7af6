// fluxvision segments: what is recorded.
import type { Command } from 'commander';
import { RecordingIndex } from '../../index.js';
import { withJson, withStorage } from '../options.js';
import { formatBytes, formatDuration, printJson, printTable, say } from '../output.js';
import { formatTime, parseTime } from '../time.js';

interface Options {
  storage: string;
  camera?: string;
  from?: number;
  to?: number;
  json?: boolean;
}

export function addSegments(program: Command): void {
  withJson(
    withStorage(program.command('segments').description('list recorded segments, oldest first'))
      .option('--camera <id>', 'only this camera')
      .option('--from <time>', 'only what ends after this time', parseTime)
      .option('--to <time>', 'only what begins before this time', parseTime),
  ).action(async (options: Options) => {
    const index = await RecordingIndex.open({ storage: options.storage, readOnly: true });
    try {
      const segments = index.segments({
        ...(options.camera !== undefined && { cameraId: options.camera }),
        ...(options.from !== undefined && { from: options.from }),
        ...(options.to !== undefined && { to: options.to }),
      });
      if (options.json) {
        printJson(segments);
        return;
      }
      if (segments.length === 0) {
        say('There are no segments.');
        return;
      }
      printTable(
        ['CAMERA', 'START', 'DURATION', 'FRAMES', 'SIZE', 'STATE', 'END', 'FILE'],
        segments.map((segment) => [
          segment.cameraId,
          formatTime(segment.startTime),
          formatDuration(segment.endTime - segment.startTime),
          segment.frames,
          formatBytes(segment.fileSize),
          segment.state,
          segment.endReason,
          segment.filePath,
        ]),
        [2, 3, 4],
      );
    } finally {
      await index.close();
    }
  });
}
