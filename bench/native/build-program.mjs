// Builds a program of bench/ that measures the engine without Node.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const build = join(root, 'build-bench');

/**
 * Builds bench/NAME in build-bench, quickly where it is there.
 * @param {string} name
 * @returns {string | undefined} the program; undefined where it cannot be built, which it says
 */
export function buildProgram(name) {
  const options = [
    '-DFLUX_ADDON=OFF',
    `-DFLUX_BENCH_PROGRAMS=${name}`,
    '-DCMAKE_BUILD_TYPE=Release',
  ];
  const steps = [
    ['cmake', '-S', root, '-B', build, '-G', 'Ninja', ...options],
    ['ninja', '-C', build, `bench_${name}`],
  ];
  for (const [command, ...args] of steps) {
    const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
    if (status === 0) continue;
    console.error(`bench: ${command} failed\n${error?.message ?? stdout + stderr}`);
    return undefined;
  }
  return join(build, 'bench', name, `bench_${name}`);
}

/**
 * Runs a program that prints an object per line.
 * @param {string} program
 * @param {string[]} args
 * @returns {any[] | undefined} undefined where it failed, which it says itself
 */
export function figuresOf(program, args) {
  const { status, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) return undefined;
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
