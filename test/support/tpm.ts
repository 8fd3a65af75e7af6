// A software TPM of a test's own: the process `swtpm`, its state in a temporary folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TestTpm {
  /** For NativeTpmOptions.tcti. */
  readonly tcti: string;
  /** Measures something into a PCR, so that it has another value until the next restart. */
  extendPcr(pcr: number): Promise<void>;
  /** As after a power cycle: the same TPM, its PCRs at their start values. */
  restart(): Promise<void>;
  /** Switches it off for good: its state is gone. Idempotent. */
  stop(): Promise<void>;
}

/** Starts a TPM that nobody used before. Rejects where `swtpm` is not installed. */
export async function startTpm(): Promise<TestTpm> {
  // Short: the path of a socket has at most 107 characters.
  const folder = mkdtempSync(join(tmpdir(), 'fluxtpm-'));
  const socket = join(folder, 'tpm');
  let child = await launch(folder, socket).catch((error) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  return {
    tcti: `swtpm:path=${socket}`,
    extendPcr: (pcr) => extendPcr(socket, pcr),
    restart: async () => {
      await end(child);
      child = await launch(folder, socket);
    },
    stop: async () => {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What is left to end where a test fails before it stops its own. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

async function end(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function launch(folder: string, socket: string): Promise<ChildProcess> {
  const child = spawn(
    'swtpm',
    [
      ...['socket', '--tpm2', '--flags', 'startup-clear'],
      ...['--tpmstate', `dir=${folder}`, '--log', `file=${join(folder, 'log')}`],
      ...['--server', `type=unixio,path=${socket}`, '--ctrl', `type=unixio,path=${socket}.ctrl`],
    ],
    { stdio: 'ignore' },
  );
  await once(child, 'spawn');
  running.add(child);
  child.once('exit', () => running.delete(child));
  // Until it listens; the test's own time limit ends a wait that never does.
  for (;;) {
    try {
      (await connected(socket)).destroy();
      return child;
    } catch {
      if (!running.has(child)) throw new Error(`swtpm ended with ${child.exitCode}`);
      await sleep(5);
    }
  }
}

async function connected(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, 'connect');
  return socket;
}

/** TPM2_PCR_Extend of both banks: TPM 2.0 Library, Part 3. */
async function extendPcr(path: string, pcr: number): Promise<void> {
  const [sha1, sha256] = [0x0004, 0x000b];
  const command = Buffer.concat([
    u16(0x8002), // with sessions
    u32(0), // the size, below
    u32(0x182), // TPM_CC_PCR_Extend
    u32(pcr),
    ...[u32(9), u32(0x40000009), u16(0), Buffer.of(0), u16(0)], // an empty password
    u32(2),
    ...[u16(sha1), Buffer.alloc(20, 0xa5)],
    ...[u16(sha256), Buffer.alloc(32, 0xa5)],
  ]);
  command.writeUInt32BE(command.length, 2);
  const socket = await connected(path);
  try {
    socket.write(command);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    const code = answer.readUInt32BE(6);
    if (code !== 0) throw new Error(`swtpm answered 0x${code.toString(16)}`);
  } finally {
    socket.destroy();
  }
}

function u16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value);
  return buffer;
}

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}
