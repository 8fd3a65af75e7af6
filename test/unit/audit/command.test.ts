// fluxvision audit, run in this process.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type AuditSigner, auditLogPath } from '../../../src/audit/index.js';
import { run } from '../../../src/cli/program.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { makeSigner } from './signer.js';
import { openLog, tamper, toPem } from './support.js';

let storage: string;
let signer: AuditSigner;

async function audit(...argv: string[]) {
  const [command = '', ...options] = argv;
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    const spy = vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    });
    onTestFinished(() => spy.mockRestore());
  }
  try {
    const code = await run(['audit', command, '--storage', storage, ...options]);
    return { code, ...written };
  } finally {
    vi.restoreAllMocks();
  }
}

function file(name: string, content: string): string {
  const path = join(storage, name);
  writeFileSync(path, content);
  return path;
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-26T14:00:00Z') });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  storage = join(temporaryDirectory(), 'storage');
  mkdirSync(join(storage, 'keys'), { recursive: true });
  signer = makeSigner();
  const log = await openLog({ path: auditLogPath(storage), signer });
  log.append({ actor: 'admin', action: 'key.export', subject: 'door', outcome: 'ok' });
  vi.setSystemTime('2026-01-26T15:00:00Z');
  const detail = { address: '192.0.2.7' };
  log.append({ actor: 'cli', action: 'keys.unlock', outcome: 'denied', detail });
  await log.close();
});

describe('audit list', () => {
  it('shows the entries, oldest first', async () => {
    const { code, stdout } = await audit('list');
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(/^SEQ +TIME +ACTOR +ACTION +SUBJECT +OUTCOME +DETAIL$/);
    expect(lines[2]).toMatch(/^ *2 +2026-01-26T14:00:00\.000Z +admin +key\.export +door +ok$/);
    expect(lines[3]).toMatch(/cli +keys\.unlock +denied +\{"address":"192\.0\.2\.7"\}$/);
  });

  it('prints JSON, of what is asked for', async () => {
    const list = async (...argv: string[]) => {
      const { stdout } = await audit('list', '--json', ...argv);
      return JSON.parse(stdout).map(({ seq }: { seq: number }) => seq);
    };
    expect(await list()).toEqual([1, 2, 3]);
    expect(await list('--actor', 'cli')).toEqual([3]);
    expect(await list('--action', 'key.export')).toEqual([2]);
    expect(await list('--from', '2026-01-26T15:00:00Z')).toEqual([3]);
    expect(await list('--to', '2026-01-26T15:00:00Z')).toEqual([1, 2]);
    expect(await list('--limit', '2')).toEqual([2, 3]);
  });

  it('never hands a stranger the terminal', async () => {
    const actor = 'x\u001b[2J\r\u0085\u009b31m\u202egnp\u2066\u2028\n y\u007f\u{e0041}';
    const log = await openLog({ path: auditLogPath(storage), signer });
    log.append({ actor, action: 'login', subject: actor, outcome: 'denied', detail: { actor } });
    for (const argv of [['list'], ['list', '--json']]) {
      const { stdout } = await audit(...argv);
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(stdout).toContain('\\u001b[2J');
      expect(stdout).toContain('\\u202egnp');
    }
    const { stdout } = await audit('list', '--json', '--action', 'login');
    expect(JSON.parse(stdout)).toMatchObject([{ actor, subject: actor, detail: { actor } }]);
  });

  it('shows what it can of a log that was altered', async () => {
    tamper(auditLogPath(storage), (database) => {
      database.exec("UPDATE entries SET time = 9000000000000000, detail = 'no JSON' WHERE seq = 2");
    });
    const { code, stdout } = await audit('list');
    expect(code).toBe(0);
    expect(stdout).toContain('9000000000000000');
    expect(stdout).toContain('{"unreadable":"no JSON"}');
  });
});

describe('audit verify', () => {
  it('says that all is well, and what it does not know', async () => {
    const { code, stdout, stderr } = await audit('verify');
    expect(code).toBe(0);
    expect(stdout).toContain('3 entries: all as they were written, and signed.');
    expect(stdout).toContain(Buffer.from(signer.publicKey).toString('hex'));
    expect(stderr).toContain('--public-key');
    expect(stderr).toContain('--checkpoint');
  });

  it('takes a key and a checkpoint that were kept elsewhere, in the forms they come in', async () => {
    const { stdout: checkpoint } = await audit('checkpoint');
    const kept = file('kept.txt', `\r\n${checkpoint.replaceAll('\n', '\r\n')}\r\n`);
    const hex = Buffer.from(signer.publicKey).toString('hex');
    for (const key of [
      hex,
      file('key.hex', `${hex}\n`),
      file('key.pem', toPem(signer.publicKey)),
    ]) {
      const argv = ['verify', '--json', '--checkpoint', kept, '--public-key', key];
      const { code, stdout } = await audit(...argv);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ ok: true, trusted: true });
    }
    const other = Buffer.from(makeSigner().publicKey).toString('hex');
    const { code, stdout } = await audit('verify', '--public-key', other);
    expect(code).toBe(1);
    expect(stdout).toContain('not signed by the key that was given');
  });

  it('names the first bad entry, says what to do, and exits with 1', async () => {
    tamper(auditLogPath(storage), (database) =>
      database.exec("UPDATE entries SET outcome = 'ok' WHERE seq = 3"),
    );
    const text = await audit('verify');
    expect(text.code).toBe(1);
    expect(text.stdout).toContain('Entry 3: altered.');
    expect(text.stdout).toContain('as evidence');
    const json = await audit('verify', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      firstBad: { seq: 3, reason: 'altered' },
    });
  });

  it('does not call entries good that nobody signed', async () => {
    const log = await openLog({ path: auditLogPath(storage) });
    log.append({ actor: 'cli', action: 'keys.unlock', outcome: 'denied' });
    const { code, stdout } = await audit('verify');
    expect(code).toBe(1);
    expect(stdout).toContain('Entry 4: unsigned.');
    expect(stdout).toContain('3 of 4 entries');
    expect(stdout).not.toContain('evidence');
    await openLog({ path: auditLogPath(storage), signer });
    const signed = await audit('verify');
    expect(signed.code).toBe(0);
    expect(signed.stdout).toContain('Written without the key, and signed later as found: 1.');
  });

  it('finds a log that was cut by a checkpoint that was kept elsewhere', async () => {
    const { stdout } = await audit('checkpoint');
    const kept = file('kept.txt', stdout);
    tamper(auditLogPath(storage), (database) =>
      database.exec('DELETE FROM entries WHERE seq > 1; DELETE FROM checkpoints WHERE size > 1'),
    );
    expect((await audit('verify')).code).toBe(0);
    const found = await audit('verify', '--checkpoint', kept);
    expect(found.code).toBe(1);
    expect(found.stdout).toContain('Entry 2: cut.');
  });
});

describe('audit checkpoint', () => {
  it('prints the newest one, as text and as JSON', async () => {
    const { code, stdout } = await audit('checkpoint');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^fluxvision\/audit\/[\da-f-]{36}\n3\n/);
    const json = await audit('checkpoint', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ checkpoint: stdout });
  });

  it('fails where nothing was signed', async () => {
    storage = join(temporaryDirectory(), 'storage');
    mkdirSync(join(storage, 'keys'), { recursive: true });
    await openLog({ path: auditLogPath(storage) });
    const { code, stdout, stderr } = await audit('checkpoint');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('ERR_AUDIT_NOT_FOUND');
  });
});

it.each([
  [['verify', '--public-key', '04ff'], 2, '--public-key'],
  [['verify', '--public-key', `04${'ff'.repeat(64)}`], 2, 'publicKey'],
  [['verify', '--checkpoint', 'none.txt'], 1, '--checkpoint'],
  [['list', '--limit', '0'], 2, '--limit'],
  [['list', '--from', 'yesterday'], 2, 'ISO 8601'],
  [['list', '--from', '5', '--to', '5'], 2, 'to'],
])('%j ends with %i and names what is wrong', async (argv, status, text) => {
  const { code, stdout, stderr } = await audit(...argv);
  expect(code).toBe(status);
  expect(stderr).toContain(text);
  expect(stdout).toBe('');
});

it('a log that is not there is a failure', async () => {
  storage = join(temporaryDirectory(), 'none');
  const { code, stderr } = await audit('verify');
  expect(code).toBe(1);
  expect(stderr).toContain('ERR_AUDIT_NOT_FOUND');
});

it('a file that is no checkpoint is a failure that says so', async () => {
  const { code, stderr } = await audit('verify', '--checkpoint', file('x.txt', 'hello\n'));
  expect(code).toBe(1);
  expect(stderr).toContain('ERR_AUDIT_CHECKPOINT');
});
