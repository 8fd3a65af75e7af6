// Live view: from camera to screen in Chromium, what viewers cost the server, and what one that never
// reads does.
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureLatency } from './live/latency.mjs';
import { measureServer } from './live/server.mjs';

const USAGE = `npm run bench -- live [--part browser|server] [--pictures N] [--stalls N]
    [--cameras N] [--viewers N,N...] [--seconds N] [--json]
  --part NAME      only one of the two
  browser: a camera of 1280x704 in the web interface, by WebCodecs and by MSE
  --pictures N     so many are looked at for each (default 400)
  --stalls N       of 2 s each (default 5)
  server: 640x360 cameras over WebSockets
  --cameras N      each watched by every viewer (default 16)
  --viewers LIST   how many viewers, one after the other (default 1,4,16,32,64)
  --seconds N      how long each is measured (default 5)`;

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      part: { type: 'string' },
      pictures: { type: 'string', default: '400' },
      stalls: { type: 'string', default: '5' },
      cameras: { type: 'string', default: '16' },
      viewers: { type: 'string', default: '1,4,16,32,64' },
      seconds: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const { part } = values;
  const [cameras, seconds, pictures, stalls] = [
    ...[values.cameras, values.seconds, values.pictures, values.stalls].map(Number),
  ];
  const viewers = values.viewers.split(',').map(Number);
  const counts = [cameras, seconds, pictures, stalls, ...viewers];
  if (![undefined, 'browser', 'server'].includes(part) || !counts.every((count) => count >= 1)) {
    console.error(USAGE);
    return 2;
  }
  const print = values.json ? printJson : printLine;
  // Where more wants to run than there are processors, what follows tells of the others, too.
  print(`load before, on ${availableParallelism()} processors`, loadavg()[0], 'processes');
  if (part !== 'server') await measureLatency({ pictures, stalls, print });
  if (part !== 'browser') await measureServer({ cameras, seconds, viewers, print });
  return 0;
}

/** `asked`: what it should stay under. */
function printJson(name, value, unit, { asked, peer, peerValue } = {}) {
  const compared = peer && { peer, peerValue: round(peerValue), ratio: value / peerValue };
  console.log(
    JSON.stringify({ bench: 'live', case: name, value: round(value), unit, asked, ...compared }),
  );
}

function printLine(name, value, unit, { asked, peer, peerValue } = {}) {
  const beside = [
    asked !== undefined && `asked: under ${asked}`,
    peer && `${round(value / peerValue)} of ${peer}: ${round(peerValue)}`,
  ].filter(Boolean);
  const note = beside.length > 0 ? `  (${beside.join(', ')})` : '';
  console.log(`${name.padEnd(48)} ${round(value)} ${unit}${note}`);
}

function round(value) {
  return Math.round(value * 1000) / 1000;
}
