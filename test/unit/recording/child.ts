// Runs a TypeScript file of the tests in a process of its own, which may be killed.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(import.meta.dirname, '../../..');
const ADDON = join(ROOT, 'build', 'Release', 'fluxvision_core.node');

export interface ChildResult {
  code: number | null;
  signal: string | null;
  stdout: string;
}

export interface ChildProgram {
  run(...args: string[]): Promise<ChildResult>;
  /** In a mount namespace of its own, in which it may mount file systems. */
  runWithMounts(...args: string[]): Promise<ChildResult>;
  remove(): void;
}

/** `from`: the folder where `<name>.ts` lies. */
export function childProgram(name: string, from = import.meta.dirname): ChildProgram {
  // Inside the package, so that it finds its dependencies.
  const folder = join(ROOT, 'node_modules', '.cache', `fluxvision-${name}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, 'child.mjs');
  buildSync({
    ...{ entryPoints: [join(from, `${name}.ts`)], outfile, bundle: true },
    ...{ platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' },
  });
  const start = (command: string, args: string[]) =>
    new Promise<ChildResult>((resolve, reject) => {
      const child = spawn(command, args, {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { FLUXVISION_ADDON_PATH: ADDON, ...process.env },
      });
      let stdout = '';
      child.stdout.on('data', (chunk) => {
        stdout += chunk;
      });
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, stdout }));
    });
  // Root may mount in any namespace; another user is root in a user namespace of its own.
  const unshare = process.getuid?.() === 0 ? ['-m'] : ['-r', '-m'];
  return {
    run: (...args) => start(process.execPath, [outfile, ...args]),
    runWithMounts: (...args) => start('unshare', [...unshare, process.execPath, outfile, ...args]),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
