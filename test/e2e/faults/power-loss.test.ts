// The replayer itself: what a power cut keeps, on files whose fate is known.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { folderOfThisFile } from '../support/folder.js';
import { PowerCut, readLog } from '../support/power-loss.js';

const folder = folderOfThisFile();
const shim = join(folder, 'shim.so');
beforeAll(() => {
  const source = join(import.meta.dirname, '../support/fault-shim.c');
  execFileSync('gcc', ['-shared', '-fPIC', '-o', shim, source, '-ldl', '-lpthread']);
});

/** Runs a script in a directory, and returns what a cut at its end leaves. */
function afterCut(name: string, script: string): Record<string, string> {
  const [disk, empty, log] = ['disk', 'empty', 'log'].map((part) =>
    join(folder, `${name}-${part}`),
  ) as [string, string, string];
  mkdirSync(disk);
  mkdirSync(empty);
  const head = `const fs = require('node:fs');
    const sync = (path) => { const f = fs.openSync(path, 'r'); fs.fsyncSync(f); fs.closeSync(f); };
    const put = (path, text) => {
      const f = fs.openSync(path, 'w'); fs.writeSync(f, text); fs.fsyncSync(f); return f;
    };`;
  execFileSync(process.execPath, ['-e', head + script], {
    cwd: disk,
    env: { ...process.env, LD_PRELOAD: shim, FAULT_ROOT: disk, FAULT_LOG: log },
  });
  const calls = readLog(log);
  const power = new PowerCut(calls, empty);
  power.advanceTo(calls.length);
  const left = join(folder, `${name}-left`);
  power.materialise(left, 'strict');
  const names = readdirSync(left, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names.map((path) => {
      try {
        return [path, readFileSync(join(left, path), 'utf8')];
      } catch {
        return [path, '/'];
      }
    }),
  );
}

it('keeps the bytes of before the last fsync, under a name whose folder was synced', () => {
  const script = `const f = put('a', 'one'); sync('.'); fs.writeSync(f, 'two');`;
  expect(afterCut('bytes', script)).toEqual({ a: 'one' });
});

it('forgets a file whose folder was not synced', () => {
  expect(afterCut('name', `put('a', 'one'); sync('.'); put('b', 'two');`)).toEqual({ a: 'one' });
});

it('leaves a file empty that was never synced, under a name that was', () => {
  expect(afterCut('empty', `fs.writeFileSync('a', 'one'); sync('.');`)).toEqual({ a: '' });
});

it('undoes a rename and an unlink whose folder was not synced', () => {
  const script = `put('a', 'one'); put('b', 'two'); put('c', 'three'); sync('.');
    fs.renameSync('a', 'b'); fs.unlinkSync('c');`;
  expect(afterCut('undo', script)).toEqual({ a: 'one', b: 'two', c: 'three' });
});

it('keeps them where it was', () => {
  const script = `put('a', 'one'); put('b', 'two'); put('c', 'three'); sync('.');
    fs.renameSync('a', 'b'); fs.unlinkSync('c'); sync('.');`;
  expect(afterCut('keep', script)).toEqual({ b: 'one' });
});

it('forgets a folder, and all in it, where the one above was not synced', () => {
  const script = `fs.mkdirSync('x'); fs.mkdirSync('y'); put('x/a', 'one'); sync('x'); sync('.');
    fs.mkdirSync('z'); put('z/a', 'two'); sync('z');`;
  expect(afterCut('folder', script)).toEqual({ x: '/', 'x/a': 'one', y: '/' });
});

it('keeps a truncation only when it was synced', () => {
  const script = `const f = put('a', '12345'); const g = put('b', '12345'); sync('.');
    fs.ftruncateSync(f, 2); fs.ftruncateSync(g, 2); fs.fdatasyncSync(g);`;
  expect(afterCut('truncate', script)).toEqual({ a: '12345', b: '12' });
});
