#!/usr/bin/env node
// npm run bench -- NAME [options]: runs bench/NAME.mjs. With --json it prints one object per line:
// {bench, case, value, unit, peer, peerValue, ratio}; ratio = value / peerValue, of the same run.
import { readdirSync, readFileSync } from 'node:fs';

const [name, ...options] = process.argv.slice(2);
const known = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -4));

if (!known.includes(name)) {
  const asked = name === '--help' || name === '-h';
  console[asked ? 'log' : 'error'](usage());
  process.exit(asked ? 0 : 2);
}
const { run } = await import(`./${name}.mjs`);
process.exitCode = (await run(options)) ?? 0;

function usage() {
  const width = Math.max(...known.map((each) => each.length));
  const lines = known.map((each) => `  ${each.padEnd(width)}  ${headerOf(each)}`);
  return `Usage: npm run bench -- NAME [--json] [options]
       npm run bench -- NAME --help

${lines.join('\n')}`;
}

/** The first sentence of a benchmark's header comment. */
function headerOf(each) {
  const text = readFileSync(new URL(`${each}.mjs`, import.meta.url), 'utf8');
  const comment = /^(?:\/\/.*\n)+/.exec(text)?.[0] ?? '';
  return /^[^.:]*/.exec(comment.replaceAll(/^\/\/ ?/gm, '').replaceAll('\n', ' '))[0];
}
