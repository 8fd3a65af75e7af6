// Several processes at one log, one that is killed, and one with little memory.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { build } from 'tsup';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EntryRow, hashEntry } from '../../../src/audit/entry.js';
import { signerOfScalar } from './signer.js';
import { newPath, openLog, tamper } from './support.js';

const scalar = '11'.repeat(32);
const signer = signerOfScalar(Buffer.from(scalar, 'hex'));
let bundle: string;

beforeAll(async () => {
  // Below the package, so that the bundle finds the packages it imports.
  const cache = resolve('node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  bundle = mkdtempSync(join(cache, 'audit-test-'));
  await build({
    entry: ['test/unit/audit/child.ts'],
    outDir: bundle,
    outExtension: () => ({ js: '.mjs' }),
    format: 'esm',
    target: 'node20.17',
    config: false,
    silent: true,
  });
});
afterAll(() => rmSync(bundle, { recursive: true, force: true }));

function start(task: object, ...nodeOptions: string[]): ChildProcess {
  const argv = [...nodeOptions, join(bundle, 'child.mjs'), JSON.stringify(task)];
  return spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function exitOf(child: ChildProcess): Promise<unknown> {
  const [code, killedBy] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
  return code ?? killedBy;
}

it('takes entries of processes with and without the key at once, and loses none', async () => {
  const path = newPath();
  const append = 40;
  const children = [
    start({ path, append, scalar }),
    start({ path, append, scalar }),
    start({ path, append }),
  ];
  for (const child of children) child.stdout?.resume();
  expect(await Promise.all(children.map(exitOf))).toEqual([0, 0, 0]);
  const log = await openLog({ path, signer });
  expect(await log.verify({ publicKey: signer.publicKey })).toMatchObject({
    ok: true,
    adoptedEntries: append,
  });
  const steps = new Map<string, unknown[]>();
  for (const { actor, detail } of log.iterate({ action: 'step' })) {
    steps.set(actor, [...(steps.get(actor) ?? []), detail?.step]);
  }
  const inOrder = Array.from({ length: append }, (_, i) => i + 1);
  expect([...steps.values()]).toEqual([inOrder, inOrder, inOrder]);
});

it('has every entry that was confirmed after kill -9, and verifies, again and again', async () => {
  const path = newPath();
  let confirmed = 0;
  for (let kill = 0; kill < 5; kill++) {
    const child = start({ path, append: 100_000, scalar });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    let left = randomInt(1, 40);
    for await (const line of lines) {
      confirmed = Number(line);
      left -= 1;
      // What it printed before it died still comes.
      if (left === 0) child.kill('SIGKILL');
    }
    expect(await exitOf(child)).toBe('SIGKILL');
    const log = await openLog({ path, readOnly: true });
    const report = await log.verify({ publicKey: signer.publicKey });
    expect(report, `kill ${kill}`).toMatchObject({ ok: true, trusted: true, adoptedEntries: 0 });
    expect(report.entries).toBeGreaterThanOrEqual(confirmed);
    expect(report.entries).toBeLessThanOrEqual(confirmed + 1);
    await log.close();
  }
});

it('verifies a log that is far larger than the memory it may use', async () => {
  const path = newPath();
  const entries = 20_000;
  const log = await openLog({ path });
  log.append({ actor: 'admin', action: 'first', outcome: 'ok' });
  await log.close();
  tamper(path, (database) => {
    const insert = database.prepare(
      `INSERT INTO entries VALUES (@seq, @time, @actor, @action, @subject, @outcome, @detail, @prev, @hash)`,
    );
    database.transaction(() => {
      const first = 'SELECT * FROM entries WHERE seq = 1';
      let last = database.prepare<[], EntryRow>(first).get() as EntryRow;
      const detail = JSON.stringify({ filler: 'x'.repeat(4000) });
      while (last.seq < entries) {
        const next = { ...last, seq: last.seq + 1, detail, prev: last.hash };
        last = { ...next, hash: hashEntry(next) };
        insert.run(last);
      }
    })();
  });
  const child = start({ path, verify: true }, '--max-old-space-size=24');
  const report = JSON.parse(await text(child.stdout as NodeJS.ReadableStream));
  expect(report).toMatchObject({
    entries,
    firstBad: { seq: 1, until: entries, reason: 'unsigned' },
  });
});
