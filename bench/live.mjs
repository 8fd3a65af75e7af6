// Live view: what viewers cost the server, and what one that never reads does.
import { parseArgs } from 'node:util';
import { measureServer } from './live/server.mjs';

const USAGE = `npm run bench -- live [--cameras N] [--viewers N,N...] [--seconds N] [--json]
  --cameras N      simulated cameras, each watched by every viewer (default 16)
  --viewers LIST   how many viewers, one after the other (default 1,2,4,8,16,32,64)
  --seconds N      how long each is measured (default 5)`;

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      cameras: { type: 'string', default: '16' },
      viewers: { type: 'string', default: '1,2,4,8,16,32,64' },
      seconds: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [cameras, seconds] = [Number(values.cameras), Number(values.seconds)];
  const viewers = values.viewers.split(',').map(Number);
  if (!(cameras >= 1 && seconds >= 1 && viewers.every((count) => count >= 1))) {
    console.error(USAGE);
    return 2;
  }
  const print = (name, value, unit) => {
    const line = { bench: 'live', case: name, value, unit };
    console.log(values.json ? JSON.stringify(line) : `${name.padEnd(48)} ${value} ${unit}`);
  };
  await measureServer({ cameras, seconds, viewers, print });
  return 0;
}
