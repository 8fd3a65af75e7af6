// The drill of docs/security.md: the machine and its TPM are gone; a copy of the storage and a sheet of
// paper bring everything back.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KeyManager, RtspSimulator } from '../../src/index.js';
import { startTpm } from '../support/tpm.js';
import { countFrames, makeClip, SMALL } from './support/clips.js';
import { folderOfThisFile } from './support/folder.js';

const CLI = join(import.meta.dirname, '../../dist/cli/main.js');
const folder = folderOfThisFile();

/** Runs a command on a machine: what is in its environment. Fails the test unless it exits 0. */
function fluxvision(args: string[], env: Record<string, string> = {}): string {
  const { PATH = '', HOME = '' } = process.env;
  const run = spawnSync(process.execPath, [CLI, ...args], {
    encoding: 'utf8',
    env: { PATH, HOME, ...env },
  });
  expect([run.status, run.stderr]).toEqual([0, expect.anything()]);
  return run.stdout;
}

it('a lost machine is restored from a copy and the recovery key', async () => {
  const simulator = await RtspSimulator.start({
    clip: makeClip(folder, 'clip.mp4', SMALL),
    cameras: 1,
  });
  const record = (storage: string) => [
    ...['record', '--storage', storage, '--duration', '5', '--segment', '2'],
    ...['--camera', `door=${simulator.urls[0]}`],
  ];

  // A machine that starts by itself: its only root beside the paper is its TPM.
  const lost = join(folder, 'lost');
  const tpm = await startTpm();
  const root = { type: 'tpm2', tcti: tpm.tcti, pcrs: [7] } as const;
  const keys = await KeyManager.create({ directory: join(lost, 'keys'), root });
  const { recoveryKey = '' } = await keys.addRoot({ type: 'recovery', label: 'bank' });
  await keys.close();
  fluxvision([...record(lost), '--tcti', tpm.tcti]);

  // The copy, the paper, and the loss.
  const storage = join(folder, 'restored');
  cpSync(lost, storage, { recursive: true });
  rmSync(lost, { recursive: true });
  await tpm.stop();
  const paper = join(folder, 'paper.txt');
  writeFileSync(paper, recoveryKey, { mode: 0o600 });
  const byPaper = ['--root', 'recovery', '--recovery-key-file', paper];
  const at = ['--storage', storage];

  fluxvision(['keys', 'recovery', 'check', ...at, '--recovery-key-file', paper]);
  const report = JSON.parse(fluxvision(['verify', ...at, ...byPaper, '--json']));
  expect(report).toMatchObject({ ok: true });
  expect(report.checked).toBeGreaterThanOrEqual(2);

  const passphrase = { FLUXVISION_PASSPHRASE: 'of the new machine' };
  fluxvision(
    ['keys', 'roots', 'add', ...at, ...byPaper, '--type', 'passphrase', '--label', 'new'],
    {
      FLUXVISION_NEW_PASSPHRASE: passphrase.FLUXVISION_PASSPHRASE,
    },
  );
  const roots = JSON.parse(fluxvision(['keys', 'roots', 'list', ...at, '--json'])) as {
    id: string;
    type: string;
  }[];
  for (const { id, type } of roots) {
    if (type !== 'passphrase') fluxvision(['keys', 'roots', 'remove', id, ...at], passphrase);
  }
  expect(fluxvision(['keys', 'recovery', 'create', ...at], passphrase)).toMatch(/^FVRK1-/);

  const segments = JSON.parse(fluxvision(['segments', ...at, '--json']));
  const out = join(folder, 'evidence.mp4');
  const range = ['--from', String(segments[0].startTime), '--to', String(segments.at(-1).endTime)];
  fluxvision(['export', ...at, '--camera', 'door', ...range, '--out', out], passphrase);
  const frames = segments.reduce(
    (sum: number, segment: { frames: number }) => sum + segment.frames,
    0,
  );
  expect(countFrames(out)).toBe(frames);

  // It goes on recording, and everything is whole; the old paper opens nothing any more.
  fluxvision(record(storage), passphrase);
  expect(JSON.parse(fluxvision(['verify', ...at, '--json'], passphrase))).toMatchObject({
    ok: true,
  });
  expect(JSON.parse(fluxvision(['audit', 'verify', ...at, '--json']))).toMatchObject({ ok: true });
  const old = spawnSync(process.execPath, [CLI, 'verify', ...at, ...byPaper], { encoding: 'utf8' });
  expect([old.status, old.stderr]).toEqual([1, expect.stringContaining('ERR_RECOVERY_KEY')]);
  await simulator.close();
});
