// A recorder whose disk is taken from under it and comes back, in a mount namespace of its own: prints,
// as JSON, what it told of that. Arguments: a folder, a clip, and how the disk goes and comes back:
// `same` (unmounted, mounted again), `moved` (comes back as another device), `dead` (every call fails).
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const { checkStorage, KeyManager, Recorder, RtspSimulator, RecordingIndex } = await import(
  join(import.meta.dirname, '../../../dist/index.js')
);
const [folder, clip, how] = process.argv.slice(2);
const passphrase = 'correct horse battery staple';
const run = (command, ...args) =>
  execFileSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
const until = async (what, holds) => {
  for (const end = Date.now() + 30_000; !holds(); await sleep(20)) {
    if (Date.now() > end) throw new Error(`${what}: not within 30 s: ${JSON.stringify(told)}`);
  }
};

/** As a device that was pulled out: every call on the file system fails with EIO from now on. */
function shutDown(directory) {
  // EXT4_IOC_SHUTDOWN, without flushing the log.
  const ioctl = `fcntl.ioctl(os.open(${JSON.stringify(directory)}, os.O_RDONLY), 0x8004587D, b"\\2\\0\\0\\0")`;
  run('python3', '-c', `import fcntl, os; ${ioctl}`);
}

// The disk is mounted twice, so that it survives its unmounting at the storage.
const [disk, other, mountPoint] = ['disk', 'other', 'mounted'].map((name) => join(folder, name));
for (const directory of [disk, other, mountPoint]) mkdirSync(directory);
if (how === 'dead') {
  run('truncate', '-s', '64M', `${disk}.image`);
  run('mkfs.ext4', '-q', `${disk}.image`);
  run('mount', '-o', 'loop', `${disk}.image`, mountPoint);
} else {
  run('mount', '-t', 'tmpfs', 'tmpfs', disk);
  run('mount', '--bind', disk, mountPoint);
}
const storage = join(mountPoint, 'storage');

const keys = await KeyManager.create({
  ...{ directory: join(storage, 'keys'), passphrase, iterations: 100_000 },
});
const simulator = await RtspSimulator.start({ clip });
const told = { blocked: [], resumed: [], errors: [], deleted: 0, segments: [] };
let recorder = await Recorder.open({
  ...{ storage, keys, segmentDuration: 2 },
  // Nothing may go for its age, and everything for its size: what is deleted is deleted by mistake.
  retention: { maxBytes: 1 << 30, minFreeBytes: 0 },
  cameras: [{ id: 'door', url: simulator.urls[0] }],
});
recorder.on('recordingBlocked', ({ reason }) => told.blocked.push(reason));
recorder.on('recordingResumed', ({ reason }) => told.resumed.push(reason));
recorder.on('error', ({ code }) => told.errors.push(code));
recorder.on('deleted', () => told.deleted++);
recorder.on('segment', ({ filePath }) => told.segments.push(filePath));
await until('segments', () => told.segments.length > 1);

// Gone.
if (how === 'dead') shutDown(mountPoint);
else run('umount', '-l', mountPoint);
await until('blocked', () => told.blocked.length > 0);
await recorder.applyRetention().catch(({ code }) => told.errors.push(code));
const framesThen = recorder.stats().cameras.door.camera.accessUnits;
const framesNow = () => recorder.stats().cameras.door.camera.accessUnits;
await until('frames that nobody records', () => framesNow() > framesThen + 50);
told.below = how === 'dead' ? [] : readdirSync(mountPoint);
told.stateWhileAway = recorder.stats().cameras.door.state;

// Back.
if (how === 'same') run('mount', '--bind', disk, mountPoint);
if (how === 'moved') {
  run('mount', '-t', 'tmpfs', 'tmpfs', other);
  run('cp', '-a', `${disk}/.`, other);
  run('mount', '--bind', other, mountPoint);
}
if (how === 'dead') {
  run('umount', '-l', mountPoint);
  run('cp', `${disk}.image`, `${other}.image`);
  run('mount', '-o', 'loop', `${other}.image`, mountPoint);
}
await until('resumed', () => told.resumed.length > 0);
const before = told.segments.length;
await until('segments again', () => told.segments.length > before + 1);
// Whatever was open on the disk has to be open on the one that is there now.
keys.lockEvidence({ cameraId: 'door', from: 0, to: Date.now(), reason: 'case 7' });
told.second = await Recorder.open({ storage, keys }).then(
  (second) => second.close(),
  ({ code }) => code,
);
told.retention = (await recorder.applyRetention())?.deleted;
await recorder.close();
await simulator.close();
await keys.close();

const again = await KeyManager.open({ directory: join(storage, 'keys'), passphrase });
told.evidence = again.evidenceLocks().map(({ reason }) => reason);
recorder = await Recorder.open({ storage, keys: again });
told.recovery = recorder.recovery.problems;
await recorder.close();
const { problems } = await checkStorage({ storage, keys: again, depth: 'contents' });
told.problems = problems.map(({ code, message }) => `${code} ${message}`);
await again.close();
const index = await RecordingIndex.open({ storage, readOnly: true });
told.gaps = index.gaps({ cameraId: 'door' }).map(({ reason }) => reason);
told.rows = index.count();
told.lost = told.segments.filter((filePath) => !index.byPath(filePath));
await index.close();
run('umount', mountPoint);
process.stdout.write(JSON.stringify(told));
process.exit(0);
