// Finds the addon's binary, loads it, and explains a failure so that a person can mend it. Node alone
// would say "cannot open shared object file"; this says which package to install.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FluxError } from './errors.js';

const kPackage = '@fluxvision/core';
const kBuildPackages =
  'build-essential cmake ninja-build pkg-config libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libssl-dev libreaderwriterqueue-dev libffmpeg-nvenc-dev libtss2-dev libegl-dev libgl-dev libfreetype-dev';

/** What an explanation depends on, apart from the error itself. */
export interface Host {
  platform: string;
  arch: string;
  /** Version of the C library, absent where it is not glibc. */
  glibc: string | undefined;
  /** ID and VERSION_ID of /etc/os-release, for example `debian 12`. */
  release: string;
  /** True in a git checkout, where the build commands differ from those of an installed package. */
  checkout: boolean;
}

let addon: unknown;

/**
 * The addon's exports. Loaded once per thread: Node gives each worker an environment of its own.
 *
 * Looked for in this order: the file named by `FLUXVISION_ADDON_PATH`, `build/Release` (a build from
 * source), `prebuilds/`. `FLUXVISION_NO_DEEPBIND=1` loads it without RTLD_DEEPBIND, which
 * AddressSanitizer refuses.
 *
 * @throws FluxError `ERR_NATIVE_LOAD`, whose message names the cause and the command that mends it.
 */
export function loadAddon(): unknown {
  addon ??= load();
  return addon;
}

function load(): unknown {
  const root = packageRoot();
  const host = thisHost(root);
  const file = findBinary(root, host);
  const module = { exports: {} };
  try {
    process.dlopen(module, file, dlopenFlags());
  } catch (error) {
    throw new FluxError('ERR_NATIVE_LOAD', explainLoadFailure(error as Error, file, host), {
      cause: error,
    });
  }
  return module.exports;
}

function dlopenFlags(): number {
  // FFmpeg brings a libcrypto and a zlib along, and node exports its own of both. DEEPBIND lets each
  // library find the one that it was linked with.
  const deepBind =
    process.env.FLUXVISION_NO_DEEPBIND === '1' ? 0 : (constants.dlopen.RTLD_DEEPBIND ?? 0);
  return constants.dlopen.RTLD_NOW | deepBind;
}

function findBinary(root: string, host: Host): string {
  const override = process.env.FLUXVISION_ADDON_PATH;
  if (override) return override;
  const built = join(root, 'build', 'Release', 'fluxvision_core.node');
  if (existsSync(built)) return built;
  const nodeGypBuild = createRequire(join(root, 'package.json'))('node-gyp-build') as {
    path(root: string): string;
  };
  try {
    return nodeGypBuild.path(root);
  } catch (error) {
    throw new FluxError('ERR_NATIVE_LOAD', explainNoBinary(root, host), { cause: error });
  }
}

/** The folder of our package.json, from src/, from dist/ and from any chunk below it. */
function packageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string };
      if (name === kPackage) return folder;
    }
    if (folder === dirname(folder)) {
      throw new FluxError(
        'ERR_NATIVE_LOAD',
        `No folder above ${start} holds the package.json of ${kPackage}, so its binary cannot be found. ` +
          `A bundler may have copied the code elsewhere: declare ${kPackage} as external.`,
      );
    }
  }
}

function thisHost(root: string): Host {
  const report = process.report.getReport() as unknown as {
    header: { glibcVersionRuntime?: string };
  };
  return {
    platform: process.platform,
    arch: process.arch,
    glibc: report.header.glibcVersionRuntime,
    release: osRelease(),
    checkout: existsSync(join(root, 'src', 'native-loader.ts')),
  };
}

function osRelease(): string {
  try {
    const text = readFileSync('/etc/os-release', 'utf8');
    const value = (key: string) => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
    return `${value('ID')} ${value('VERSION_ID')}`.trim();
  } catch {
    return process.platform;
  }
}

/** The text for a file that the dynamic linker refused. */
export function explainLoadFailure(error: Error, file: string, host: Host): string {
  const lines = [`Could not load the native part of ${kPackage} (${file}).`];
  const text = error.message;
  const missing = /(lib[\w+-]+\.so(?:\.\d+)*): cannot open shared object file/.exec(text)?.[1];
  const glibc = /version [`'](GLIBC(?:XX)?_[\d.]+)' not found/.exec(text)?.[1];

  if (host.platform !== 'linux') {
    lines.push(`It runs on Linux; this is ${host.platform}.`);
  } else if (host.glibc === undefined) {
    lines.push(
      'The binary needs glibc; this system has another C library (musl, as on Alpine).',
      ...buildFromSource(host),
    );
  } else if (missing) {
    lines.push(`The shared library ${missing} is not on this system.`, ...provide(missing, host));
  } else if (glibc) {
    lines.push(
      `It was built against ${glibc}, newer than this system's (${host.release}, glibc ${host.glibc}).`,
      ...buildFromSource(host),
    );
  } else if (/invalid ELF header|file too short|wrong ELF class|Exec format/.test(text)) {
    lines.push(
      `The file is damaged or was built for another processor than this one (${host.arch}).`,
      ...buildFromSource(host),
    );
  } else if (/No such file or directory/.test(text)) {
    lines.push('The file does not exist. FLUXVISION_ADDON_PATH, where set, must name it.');
  } else {
    lines.push(...buildFromSource(host));
  }
  lines.push(`The dynamic linker said: ${text}`);
  return lines.join('\n');
}

/** The text for an installation that holds no binary at all. */
export function explainNoBinary(root: string, host: Host): string {
  const lines = [
    `${kPackage} has no native binary for ${host.platform}-${host.arch}${host.glibc ? '' : ' without glibc'} in ${root}.`,
  ];
  if (host.platform !== 'linux') {
    lines.push('It runs on Linux only.');
  } else {
    if (!host.checkout) {
      lines.push(
        'Its install script may have been blocked (npm 12 asks first: npm approve-scripts @fluxvision/core).',
      );
    }
    lines.push(...buildFromSource(host));
  }
  return lines.join('\n');
}

function buildFromSource(host: Host): string[] {
  const build = host.checkout ? 'npm run setup' : `npm rebuild ${kPackage} --foreground-scripts`;
  if (host.checkout) return ['Build it:', `  ${build}`];
  return [
    'Build it from source (Debian and Ubuntu):',
    `  sudo apt-get install -y ${kBuildPackages}`,
    `  ${build}`,
  ];
}

/** Major version of libavformat that a release has packages for. */
const kLibavformatOf: Record<string, string> = {
  'debian 12': '59',
  'debian 13': '61',
  'ubuntu 24.04': '60',
};

/** FFmpeg's libraries change their major versions together; offsets from libavformat's. */
const kFfmpegLibraries = new Map([
  ['avformat', 0],
  ['avcodec', 0],
  ['avutil', -2],
  ['swscale', -53],
]);

function provide(soname: string, host: Host): string[] {
  const [, name = '', major = ''] = /^lib([a-z]+)\.so\.(\d+)/.exec(soname) ?? [];
  const offset = kFfmpegLibraries.get(name);
  if (offset === undefined) {
    return ['Install the package that holds it, or build from source.', ...buildFromSource(host)];
  }
  const offered = kLibavformatOf[host.release];
  if (offered === undefined || Number(offered) + offset === Number(major)) {
    const install = [`  sudo apt-get install -y lib${name}${major}`];
    if (offered !== undefined) return ['Install it:', ...install];
    return ['Where your release has this package, install it:', ...install, 'Otherwise:'].concat(
      buildFromSource(host),
    );
  }
  return [
    `${host.release} has another version of FFmpeg (lib${name}.so.${Number(offered) + offset}).`,
    ...buildFromSource(host),
  ];
}
