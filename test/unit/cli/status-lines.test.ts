import { expect, it } from 'vitest';
import { StatusLines } from '../../../src/cli/status-lines.js';
import { FluxError, type RecorderStats } from '../../../src/index.js';

function stats(frames: number, bytes: number): RecorderStats {
  const zero = { packetsReceived: 0, packetsDuplicated: 0, packetsMalformed: 0 };
  const other = { audioFrames: 0, metadataUnits: 0, quirks: {} };
  const none = { ...other, accessUnitsDropped: 0, connects: 1, failures: 0, receiverReports: 0 };
  const audio = { audioFramesWritten: 0, audioFramesDropped: 0 };
  const memory = { overflows: 0, preRollBytes: 0, preRollTrimmed: 0, queuedBytes: 0 };
  const writer = { framesWritten: 0, framesDropped: 0, bytesWritten: 0, ...audio, ...memory };
  const camera = { ...zero, ...none, bytesReceived: bytes, packetsLost: 3, accessUnits: frames };
  return {
    cameras: {
      door: {
        state: 'playing',
        mode: 'continuous',
        camera,
        writer: { ...writer, segmentsWritten: 2 },
      },
      yard: {
        state: 'waiting',
        mode: 'continuous',
        lastError: new FluxError('ERR_CONNECTION', 'refused'),
        camera,
        writer: { ...writer, segmentsWritten: 0 },
      },
    },
    segmentsNotIndexed: 0,
  };
}

it('draws a line per camera with rates since the last time, over what it drew before', () => {
  let written = '';
  const terminal = {
    columns: 100,
    write: (text: string) => {
      written += text;
      return true;
    },
  };
  const lines = new StatusLines(terminal as NodeJS.WriteStream);
  lines.draw(stats(0, 0), 1000);
  expect(written).not.toContain('\x1b');
  written = '';
  lines.draw(stats(50, 500_000), 3000);
  expect(written.startsWith('\x1b[2A\x1b[J')).toBe(true);
  const [door, yard] = written.slice('\x1b[2A\x1b[J'.length).split('\n');
  expect(door).toMatch(/^door +playing +25\.0 fps +2\.00 Mbit\/s +3 lost +2 segments$/);
  expect(yard).toMatch(/^yard +waiting .* refused$/);
  written = '';
  lines.clear();
  lines.clear();
  expect(written).toBe('\x1b[2A\x1b[J');
});
