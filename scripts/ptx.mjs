// Compiles the GPU kernels of lib/gpu/kernels to PTX text, which the driver compiles for its GPU:
// node scripts/ptx.mjs writes convert.ptx.inc; with --check it compares instead, and lets the
// assembler of the CUDA toolkit check the text where there is one. Needs clang, no toolkit.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const kernels = fileURLToPath(new URL('../lib/gpu/kernels/', import.meta.url));
const source = join(kernels, 'convert.cu');
const kept = join(kernels, 'convert.ptx.inc');

/** Every GPU that NVDEC is of use on, since Maxwell, and PTX that every driver of theirs takes. */
const kArchitecture = 'sm_52';
/** For these the CUDA toolkit's assembler has to take the text: Turing, Hopper, Blackwell. */
const kAssembled = ['sm_75', 'sm_90', 'sm_120'];

/** What `clang` says of itself: "14". Another major version writes other text for the same source. */
function clangMajor() {
  const { stdout } = spawnSync('clang++', ['--version'], { encoding: 'utf8' });
  return /version (\d+)/.exec(stdout ?? '')?.[1];
}

function compiled() {
  const { status, stdout, stderr } = spawnSync(
    'clang++',
    [
      ...['-S', '-x', 'cuda', '--cuda-device-only', `--cuda-gpu-arch=${kArchitecture}`],
      ...['--cuda-path=/nonexistent', '-nocudainc', '-nocudalib'],
      ...['-std=c++17', '-O3', '-Wall', '-Wextra', '-Werror', '-o', '-', source],
    ],
    { encoding: 'utf8', maxBuffer: 16 << 20 },
  );
  if (status !== 0) fail(stderr || 'clang++ cannot be run; apt-get install clang');
  return stdout;
}

function fail(text) {
  console.error(`ptx: ${text.trim()}`);
  process.exit(1);
}

function withoutComments(ptx) {
  return ptx
    .split('\n')
    .map((line) => line.replace(/\s*\/\/.*$/, ''))
    .filter((line) => line.trim() !== '')
    .join('\n');
}

function assembler() {
  const found = ['/usr/local/cuda/bin/ptxas', '/usr/bin/ptxas'].filter((path) => existsSync(path));
  return found[0];
}

function assemble(ptx) {
  const ptxas = assembler();
  if (ptxas === undefined) return 'not assembled: there is no ptxas on this machine';
  const folder = mkdtempSync(join(tmpdir(), 'ptx-'));
  try {
    const text = join(folder, 'convert.ptx');
    writeFileSync(text, ptx);
    for (const architecture of kAssembled) {
      const { status, stderr } = spawnSync(
        ptxas,
        [`-arch=${architecture}`, text, '-o', join(folder, 'convert.cubin')],
        { encoding: 'utf8' },
      );
      if (status !== 0) fail(`ptxas refuses it for ${architecture}: ${stderr}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return `assembled for ${kAssembled.join(', ')}`;
}

const ptx = withoutComments(compiled());
const text = [
  `// Made from convert.cu by clang ${clangMajor()} with scripts/ptx.mjs; not to be edited.`,
  `R"ptx(${ptx}\n)ptx"\n`,
].join('\n');

if (!process.argv.includes('--check')) {
  writeFileSync(kept, text);
  console.log(`ptx: wrote ${kept}; ${assemble(ptx)}`);
} else {
  const there = readFileSync(kept, 'utf8');
  const madeBy = /by clang (\d+)/.exec(there)?.[1];
  const comparable = madeBy === clangMajor();
  if (comparable && there !== text) {
    fail('convert.ptx.inc is not what convert.cu compiles to; run node scripts/ptx.mjs');
  }
  const compared = comparable
    ? 'convert.ptx.inc is what convert.cu compiles to'
    : `not compared: convert.ptx.inc was made by clang ${madeBy}, here is ${clangMajor()}`;
  const body = /R"ptx\(([\s\S]*)\)ptx"/.exec(there)?.[1] ?? '';
  console.log(`ptx: ${compared}; ${assemble(body)}`);
}
