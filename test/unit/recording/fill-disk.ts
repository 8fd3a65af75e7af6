// A recorder on a disk of 8 MB that gets full: prints, as JSON, what happened until recording went on.
// Runs in a mount namespace of its own, so that its disk is gone with it.
import { execFileSync } from 'node:child_process';
import { statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeyManager, Recorder, RtspSimulator, type SegmentRecord } from '../../../src/index.js';
import { RecordingIndex } from '../../../src/recording/recording-index.js';
import { segmentAt, store } from './stored-segments.js';

const [disk, clip, mode] = process.argv.slice(2) as [
  string,
  string,
  'retention' | 'off' | 'locked',
];
const MIB = 1 << 20;
const free = () => {
  const { bavail, bsize } = statfsSync(disk);
  return bavail * bsize;
};
const until = async (done: () => boolean) => {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 20));
};

execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]);
const storage = join(disk, 'storage');
const passphrase = 'correct horse battery staple';

// Old footage: 4 MB of it.
const index = await RecordingIndex.open({ storage });
const old = Array.from({ length: 16 }, (_, i) => segmentAt(i, { fileSize: MIB / 4 }));
for (const segment of old) store(index, segment);
await index.close();
const keys = await KeyManager.create({
  ...{ directory: join(storage, 'keys'), passphrase, iterations: 100_000 },
});
const last = old.at(-1)?.endTime as number;
if (mode === 'locked') {
  keys.lockEvidence({ cameraId: 'door', from: 0, to: last, reason: 'case 7' });
}

const simulator = await RtspSimulator.start({ clip });
const recorder = await Recorder.open({
  ...{ storage, keys, segmentDuration: 2 },
  ...(mode !== 'off' && { retention: { minFreeBytes: 0 } }),
  cameras: [{ id: 'live', url: simulator.urls[0] as string }],
});
const seen: Record<string, number> = {};
const errors = new Set<string>();
const segments: SegmentRecord[] = [];
let full: unknown;
for (const name of ['deleted', 'recordingBlocked', 'recordingResumed', 'storageFull'] as const) {
  recorder.on(name, (state: unknown) => {
    seen[name] = (seen[name] ?? 0) + 1;
    if (name === 'storageFull') full = state;
  });
}
recorder.on('error', ({ code }) => errors.add(code));
recorder.on('segment', (segment) => segments.push(segment));

await until(() => segments.length > 0);
// Somebody else fills the disk to the last block.
const room = free();
writeFileSync(join(disk, 'other'), Buffer.alloc(Math.max(0, room - 64 * 1024), 1));
const before = segments.length;
if (mode === 'retention') await until(() => segments.length >= before + 3);
else await until(() => (seen.storageFull ?? 0) > 0);
await recorder.close();
await simulator.close();

const after = await RecordingIndex.open({ storage, readOnly: true });
const left = after.count({ cameraId: 'door' });
await after.close();
await keys.close();
process.stdout.write(JSON.stringify({ seen, errors: [...errors], left, full, free: free() }));
