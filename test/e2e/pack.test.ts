// The package as npm delivers it: packed, installed into an empty folder, and recording from there.
// A file forgotten in package.json's `files` shows here and nowhere else.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const kMinutes = 60_000;

/** A second of video, from a simulated camera to a verified recording, on the public API alone. */
const kRecordASecond = `
import { rmSync } from 'node:fs';
import { Recorder, RtspSimulator, verifyRecordings } from '@fluxvision/core';

const storage = 'storage';
rmSync(storage, { recursive: true, force: true });
const passphrase = 'correct horse battery staple';
const simulator = await RtspSimulator.start({ clip: 'clip.mp4' });
const recorder = await Recorder.open({
  storage,
  passphrase,
  cameras: [{ id: 'door', url: simulator.urls[0] }],
});
const segments = [];
recorder.on('segment', (segment) => segments.push(segment));
while (recorder.stats().cameras.door.writer.framesWritten < 25) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
await recorder.close();
await simulator.close();
const report = await verifyRecordings({ storage, passphrase });
console.log(JSON.stringify({
  frames: segments.reduce((sum, { frames }) => sum + frames, 0),
  size: segments.map(({ width, height }) => width + 'x' + height)[0],
  verified: report.ok && report.checked === segments.length,
}));
`;

interface Outcome {
  status: number | null;
  output: string;
}

/** `1`: the engine is compiled from source, too; `ccache`: what was compiled before is looked up. */
const launcher = process.env.FLUXVISION_TEST_SOURCE_BUILD;

let folder: string;
let installed: string;
let firstInstall: Outcome;

/** What npm told the process that runs the tests is not for the npm that they start. */
function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(?!config_(cache|registry|nodedir))|INIT_CWD$|FLUXVISION_|VITEST|NODE_)/i.test(name),
  );
  return { ...Object.fromEntries(inherited), ...extra };
}

function run(command: string, args: string[], env: Record<string, string> = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    env: environment(env),
    maxBuffer: 64 << 20,
  });
  return { status, output: `${stdout}${stderr}` };
}

function npm(args: string[], env: Record<string, string> = {}): Outcome {
  return run('npm', [...args, '--no-audit', '--no-fund', '--ignore-scripts=false'], env);
}

function recordASecond(): { frames: number; size: string; verified: boolean } {
  const { status, output } = run(process.execPath, ['record.mjs']);
  expect(status, output).toBe(0);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

function prebuilt(): string[] {
  return readdirSync(join(installed, 'prebuilds'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.node'))
    .map((name) => join(installed, 'prebuilds', name));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluxvision-pack-'));
  installed = join(folder, 'node_modules', '@fluxvision', 'core');
  const here = { cwd: root, encoding: 'utf8', env: environment(), stdio: 'pipe' } as const;
  execFileSync('npm', ['run', 'prebuild'], here);
  // Without scripts: dist/ is built already, and other tests run from it at this moment.
  const packed = execFileSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    here,
  );
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];

  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true }\n');
  writeFileSync(join(folder, 'record.mjs'), kRecordASecond);
  execFileSync(
    'ffmpeg',
    [
      ...['-loglevel', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25:duration=2'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p'],
      join(folder, 'clip.mp4'),
    ],
    { stdio: 'pipe' },
  );
  // better-sqlite3 is compiled where its own binary cannot be downloaded.
  const compilers: Record<string, string> =
    launcher === 'ccache' ? { CC: 'ccache cc', CXX: 'ccache c++' } : {};
  firstInstall = npm(['install', '--foreground-scripts', `./${filename}`], compilers);
}, 10 * kMinutes);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the packed tarball in an empty folder', () => {
  it('installs with its prebuilt binary, without building anything', () => {
    expect(firstInstall.status, firstInstall.output).toBe(0);
    expect(prebuilt()).toHaveLength(1);
    expect(existsSync(join(installed, 'build'))).toBe(false);
    expect(firstInstall.output).not.toContain('building from source');
  });

  it('carries nothing of the tests and the tools', () => {
    for (const name of ['src', 'test', 'bench', '.ci', 'scripts/setup.mjs']) {
      expect(existsSync(join(installed, name)), name).toBe(false);
    }
    for (const name of ['README.md', 'LICENSE']) {
      expect(existsSync(join(installed, name)), name).toBe(true);
    }
  });

  it(
    'records a second of video',
    () => {
      const { frames, size, verified } = recordASecond();
      expect(frames).toBeGreaterThanOrEqual(25);
      expect(size).toBe('320x240');
      expect(verified).toBe(true);
    },
    kMinutes,
  );

  it('can be required from CommonJS', () => {
    const { status, output } = run(process.execPath, [
      '-e',
      "require('@fluxvision/core').probeHardware().then((h) => console.log(h.openssl))",
    ]);
    expect(status, output).toBe(0);
    expect(output).toMatch(/3\.\d+/);
  });

  it('puts the fluxvision command on the path', () => {
    const { status, output } = run(join(folder, 'node_modules', '.bin', 'fluxvision'), [
      'doctor',
      '--json',
    ]);
    expect(status, output).toBe(0);
    expect(JSON.parse(output)).toHaveProperty('openssl');
  });

  it(
    'types both for import and for require',
    () => {
      const use =
        "import { Recorder } from '@fluxvision/core';\nexport const open = Recorder.open;\n";
      const wrong = `${use}export const none = Recorder.noSuchMember;\n`;
      for (const extension of ['mts', 'cts']) {
        writeFileSync(join(folder, `right.${extension}`), use);
        writeFileSync(join(folder, `wrong.${extension}`), wrong);
      }
      const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
      const types = join(root, 'node_modules', '@types');
      const compile = (name: string) =>
        run(process.execPath, [
          tsc,
          ...['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022'],
          ...['--lib', 'es2023,esnext.disposable', '--typeRoots', types, '--types', 'node'],
          ...[`${name}.mts`, `${name}.cts`],
        ]);
      const right = compile('right');
      expect(right.status, right.output).toBe(0);
      const { output } = compile('wrong');
      expect(output.match(/noSuchMember/g)).toHaveLength(2);
    },
    kMinutes,
  );
});

// In this order: each case finds the package as the one before left it.
describe('where the prebuilt binary does not load', () => {
  beforeAll(() => {
    for (const file of prebuilt()) truncateSync(file, 4096);
  });

  it(
    'names what a build from source would need, and the line that installs it',
    () => {
      // Cut short by a full disk: whoever maps it dies of SIGBUS, and the install script must not.
      for (const file of prebuilt()) truncateSync(file, 4096);
      // Everything that the build needs is there but CMake, which is nowhere on this PATH.
      const bin = join(folder, 'bin');
      mkdirSync(bin);
      for (const name of ['node', 'sh', 'g++', 'c++', 'make', 'ninja', 'pkg-config', 'uname']) {
        const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
        if (found.status === 0) symlinkSync(found.stdout.trim(), join(bin, name));
      }
      const { status, output } = run(
        process.execPath,
        [join(installed, 'scripts', 'install.mjs')],
        { PATH: bin },
      );
      expect(status).toBe(1);
      expect(output).toContain('CMake (cmake)');
      expect(output).toMatch(/sudo apt-get .*install -y --no-install-recommends cmake\n/);
      expect(output).toContain('npm rebuild @fluxvision/core');
    },
    kMinutes,
  );

  it('tells the program that imports it what to do', () => {
    for (const file of prebuilt()) writeFileSync(file, 'damaged, and no ELF file any more');
    const { status, output } = run(process.execPath, ['record.mjs']);
    expect(status).toBe(1);
    expect(output).toContain('ERR_NATIVE_LOAD');
    expect(output).toContain('npm rebuild @fluxvision/core');
  });

  // Compiles the whole engine, so it has to be asked for.
  it.runIf(launcher)(
    'builds from source and records with that',
    () => {
      const launched = {
        CMAKE_C_COMPILER_LAUNCHER: 'ccache',
        CMAKE_CXX_COMPILER_LAUNCHER: 'ccache',
        CCACHE_BASEDIR: installed,
      };
      const rebuilt = npm(
        ['rebuild', '@fluxvision/core', '--foreground-scripts'],
        launcher === 'ccache' ? launched : {},
      );
      expect(rebuilt.status, rebuilt.output).toBe(0);
      expect(rebuilt.output).toContain('building from source');
      expect(existsSync(join(installed, 'build/Release/fluxvision_core.node'))).toBe(true);
      expect(recordASecond().frames).toBeGreaterThanOrEqual(25);
    },
    10 * kMinutes,
  );
});
