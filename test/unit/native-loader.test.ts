// The loader's messages: what the dynamic linker really says, turned into what to do.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FluxError } from '../../src/errors.js';
import { explainLoadFailure, explainNoBinary, type Host } from '../../src/native-loader.js';

const bookworm: Host = {
  platform: 'linux',
  arch: 'x64',
  glibc: '2.36',
  release: 'debian 12',
  checkout: false,
};

function missing(soname: string): Error {
  return new Error(`${soname}: cannot open shared object file: No such file or directory`);
}

/** Runs loadAddon() with a state of its own and returns what it threw. */
async function loadFailure(path: string): Promise<FluxError> {
  vi.resetModules();
  vi.stubEnv('FLUXVISION_ADDON_PATH', path);
  const { loadAddon } = await import('../../src/native-loader.js');
  const { FluxError: FreshFluxError } = await import('../../src/errors.js');
  try {
    loadAddon();
  } catch (error) {
    expect(error).toBeInstanceOf(FreshFluxError);
    return error as FluxError;
  }
  throw new Error('loadAddon() did not throw');
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluxvision-loader-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('loadAddon', () => {
  it('loads the addon and returns the same exports each time', async () => {
    vi.resetModules();
    const { loadAddon } = await import('../../src/native-loader.js');
    const first = loadAddon() as Record<string, unknown>;
    expect(typeof first.probeHardware).toBe('function');
    expect(loadAddon()).toBe(first);
  });

  it('loads in a worker thread while the main thread has it too', async () => {
    vi.resetModules();
    const { loadAddon } = await import('../../src/native-loader.js');
    loadAddon();
    const build = join(import.meta.dirname, '../../dist/native-loader.js');
    const worker = new Worker(
      `import('${build}').then((m) => require('worker_threads').parentPort.postMessage(Object.keys(m.loadAddon())))`,
      { eval: true },
    );
    const names = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    expect(names).toContain('generateKey');
    await worker.terminate();
  });

  it('says that a damaged file is damaged', async () => {
    const file = join(folder, 'broken.node');
    writeFileSync(file, 'this is no shared object, and long enough to have a header');
    const error = await loadFailure(file);
    expect(error.code).toBe('ERR_NATIVE_LOAD');
    expect(error.message).toContain(file);
    expect(error.message).toMatch(/damaged/);
    expect(error.message).toContain('npm run setup');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('names the variable where FLUXVISION_ADDON_PATH leads nowhere', async () => {
    const error = await loadFailure(join(folder, 'absent.node'));
    expect(error.message).toContain('FLUXVISION_ADDON_PATH');
    expect(error.message).toContain('does not exist');
  });

  it('recognises what the dynamic linker says about a missing FFmpeg', async () => {
    const library = join(folder, 'libavformat.so.99');
    const source = join(folder, 'empty.c');
    const file = join(folder, 'needs.node');
    writeFileSync(source, 'int fluxvision_empty;\n');
    execFileSync('cc', [
      '-shared',
      '-fPIC',
      '-Wl,-soname,libavformat.so.99',
      '-o',
      library,
      source,
    ]);
    execFileSync('cc', ['-shared', '-fPIC', '-Wl,--no-as-needed', '-o', file, source, library]);
    rmSync(library);
    expect(readdirSync(folder)).not.toContain('libavformat.so.99');
    const error = await loadFailure(file);
    expect(error.message).toContain('The shared library libavformat.so.99 is not on this system.');
  });

  it('leaves a process that cannot load it with a plain error, not a crash', () => {
    const file = join(folder, 'empty.node');
    writeFileSync(file, '');
    const build = join(import.meta.dirname, '../../dist/native-loader.js');
    const child = spawnSync(
      process.execPath,
      ['-e', `import('${build}').then((m) => m.loadAddon())`],
      { encoding: 'utf8', env: { ...process.env, FLUXVISION_ADDON_PATH: file } },
    );
    expect(child.signal).toBeNull();
    expect(child.status).toBe(1);
    expect(child.stderr).toContain('ERR_NATIVE_LOAD');
  });
});

describe('explainLoadFailure', () => {
  it('names the package of a missing FFmpeg library on the release that has it', () => {
    const text = explainLoadFailure(missing('libavformat.so.59'), '/x.node', bookworm);
    expect(text).toContain('sudo apt-get install -y libavformat59');
    expect(text).not.toContain('npm rebuild');
  });

  it('knows that libavutil counts two majors behind libavformat', () => {
    const text = explainLoadFailure(missing('libavutil.so.57'), '/x.node', bookworm);
    expect(text).toContain('sudo apt-get install -y libavutil57');
  });

  it('knows how libswscale counts', () => {
    const text = explainLoadFailure(missing('libswscale.so.6'), '/x.node', bookworm);
    expect(text).toContain('sudo apt-get install -y libswscale6');
  });

  it('says to build from source on a release with another FFmpeg', () => {
    const text = explainLoadFailure(missing('libavcodec.so.59'), '/x.node', {
      ...bookworm,
      release: 'ubuntu 24.04',
      glibc: '2.39',
    });
    expect(text).toContain('ubuntu 24.04 has another version of FFmpeg (libavcodec.so.60)');
    expect(text).toContain('libavformat-dev');
    expect(text).toContain('npm rebuild @fluxvision/core');
    expect(text).not.toContain('install -y libavcodec59');
  });

  it('offers both ways on a release that it does not know', () => {
    const text = explainLoadFailure(missing('libavutil.so.57'), '/x.node', {
      ...bookworm,
      release: 'mint 22',
    });
    expect(text).toContain('sudo apt-get install -y libavutil57');
    expect(text).toContain('npm rebuild @fluxvision/core');
  });

  it('reports a C library that is too old, with both versions', () => {
    const text = explainLoadFailure(
      new Error("/lib/libc.so.6: version `GLIBC_2.34' not found (required by /x.node)"),
      '/x.node',
      { ...bookworm, release: 'debian 11', glibc: '2.31' },
    );
    expect(text).toContain('GLIBC_2.34');
    expect(text).toContain('glibc 2.31');
    expect(text).toContain('npm rebuild');
  });

  it('tells musl from a missing library', () => {
    const text = explainLoadFailure(missing('libavformat.so.59'), '/x.node', {
      ...bookworm,
      glibc: undefined,
      release: 'alpine 3.20',
    });
    expect(text).toContain('musl');
  });

  it('says on which system it runs', () => {
    const text = explainLoadFailure(new Error('dlopen failed'), '/x.node', {
      ...bookworm,
      platform: 'darwin',
    });
    expect(text).toContain('this is darwin');
  });

  it('keeps the words of the dynamic linker', () => {
    const text = explainLoadFailure(
      new Error('/x.node: undefined symbol: av_new_name'),
      '/x.node',
      bookworm,
    );
    expect(text).toContain('undefined symbol: av_new_name');
    expect(text).toContain('npm rebuild');
  });
});

describe('explainNoBinary', () => {
  it('points at a blocked install script in an installed package', () => {
    const text = explainNoBinary('/app/node_modules/@fluxvision/core', bookworm);
    expect(text).toContain('linux-x64');
    expect(text).toContain('npm approve-scripts @fluxvision/core');
    expect(text).toContain('npm rebuild @fluxvision/core');
  });

  it('says how to build in a checkout', () => {
    const text = explainNoBinary('/src/core', { ...bookworm, checkout: true });
    expect(text).toContain('npm run setup');
    expect(text).not.toContain('approve-scripts');
  });

  it('does not suggest a build where none can work', () => {
    const text = explainNoBinary('/app', { ...bookworm, platform: 'win32', arch: 'x64' });
    expect(text).toContain('Linux only');
    expect(text).not.toContain('apt-get');
  });
});
