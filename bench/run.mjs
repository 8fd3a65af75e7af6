#!/usr/bin/env node
// npm run bench -- NAME [options]: runs bench/NAME.mjs. With --json it prints one object per line:
// {bench, case, value, unit, peer, peerValue, ratio}; ratio = value / peerValue, of the same run.
import { readdirSync } from 'node:fs';

const [name, ...options] = process.argv.slice(2);
const known = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -4));

if (!name || !known.includes(name)) {
  console.error(`Usage: npm run bench -- NAME [--json] [options]\nBenchmarks: ${known.join(', ')}`);
  process.exit(2);
}
const { run } = await import(`./${name}.mjs`);
process.exitCode = (await run(options)) ?? 0;
