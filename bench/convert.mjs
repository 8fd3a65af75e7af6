// Conversions of 1080p pictures against libswscale's, on one thread.
import { parseArgs } from 'node:util';
import { buildProgram, figuresOf } from './native/build-program.mjs';

const USAGE = `npm run bench -- convert [--rounds N] [--all] [--json]
  --rounds N   how often each subject has its turn; the best counts (default 60)
  --all        every CPU level of this machine, not only the one in use, and libswscale's fast
               bilinear filter too, which skips most samples where it makes pictures smaller
FLUXVISION_CPU_LEVEL=scalar|neon|avx2|avx512 chooses the level in use.`;

const fastPeer = 'libswscale SWS_FAST_BILINEAR';

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: { type: 'string', default: '60' },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100_000) {
    console.error(`--rounds must be a whole number from 1, not ${values.rounds}\n${USAGE}`);
    return 2;
  }
  if (!values.json) console.log(`measuring, ${rounds} rounds ...`);
  const rows = measureConversions(rounds);
  if (rows === undefined) return 1;
  report(values.all ? rows : usualRows(rows), values.json);
  return 0;
}

/** Those of the level in use, against the filter that looks at as many samples as ours. */
export function usualRows(rows) {
  return rows.filter(({ used, peer }) => used && peer !== fastPeer);
}

/**
 * Builds and runs the program. A row per source, conversion, level of instructions (`used`: the one
 * in use) and peer; undefined where that failed, which it says.
 * @param {number} rounds
 */
export function measureConversions(rounds) {
  const program = buildProgram('convert');
  const figures = program && figuresOf(program, [String(rounds)]);
  if (!figures) return undefined;
  const isPeer = ({ name }) => name.startsWith('libswscale');
  return figures
    .filter((figure) => !isPeer(figure))
    .flatMap((own) =>
      figures
        .filter((one) => isPeer(one) && one.source === own.source && one.case === own.case)
        .map((peer) => ({
          used: own.used,
          bench: 'convert',
          case: `${own.source} 1920x1080 to ${own.case}, ${own.name}`,
          value: own.value,
          unit: 'pictures/s',
          peer: peer.name,
          peerValue: peer.value,
          ratio: own.value / peer.value,
        })),
    );
}

function report(rows, json) {
  for (const { used: _, ...row } of rows) {
    if (json) {
      console.log(JSON.stringify(row));
      continue;
    }
    const value = row.value.toFixed(0).padStart(7);
    const peer = `${row.ratio.toFixed(2).padStart(6)} x ${row.peerValue.toFixed(0).padStart(6)}`;
    console.log(`${row.case.padEnd(68)}${value} /s ${peer}  ${row.peer}`);
  }
}
