// What has to be on the system before the addon can be built, tested or demonstrated, and the Debian
// package that brings each. Looks only: scripts/setup.mjs installs, scripts/install.mjs explains.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** FFmpeg 5.1, the oldest release that the engine is tested with. */
const kLibavformatFloor = '59.27';

/**
 * @typedef {object} Requirement
 * @property {string} what  for a person: "a C++ compiler"
 * @property {string} package  the Debian or Ubuntu package
 * @property {() => boolean} present
 */

/** @type {Record<'build' | 'demo' | 'test' | 'bench', Requirement[]>} */
const requirements = {
  build: [
    { what: 'a C++20 compiler (g++)', package: 'build-essential', present: hasCompiler },
    need('CMake', 'cmake', () => command('cmake')),
    need('Ninja', 'ninja-build', () => command('ninja')),
    need('pkg-config', 'pkg-config', () => command('pkg-config') || command('pkgconf')),
    need('the headers of libavformat', 'libavformat-dev', () => header('libavformat/avformat.h')),
    need('the headers of libavcodec', 'libavcodec-dev', () => header('libavcodec/avcodec.h')),
    need('the headers of libavutil', 'libavutil-dev', () => header('libavutil/avutil.h')),
    need('the headers of libswscale', 'libswscale-dev', () => header('libswscale/swscale.h')),
    need(
      'static libcrypto.a and libssl.a of OpenSSL 3',
      'libssl-dev',
      () => library('libcrypto.a') && library('libssl.a'),
    ),
    need('the headers of readerwriterqueue', 'libreaderwriterqueue-dev', () =>
      header('readerwriterqueue/readerwriterqueue.h'),
    ),
    // What NVIDIA's driver takes and gives; the driver itself is opened at run time, if it is there.
    need('the headers of ffnvcodec', 'libffmpeg-nvenc-dev', () =>
      header('ffnvcodec/dynlink_nvcuvid.h'),
    ),
    need('the headers of EGL', 'libegl-dev', () => header('EGL/eglext.h')),
    need('the headers of OpenGL', 'libgl-dev', () => header('GL/glcorearb.h')),
    need('the headers of FreeType', 'libfreetype-dev', () => header('freetype2/ft2build.h')),
    // With it come the libraries that it describes; a prebuilt addon opens them where they are.
    need('the headers of tpm2-tss', 'libtss2-dev', () => header('tss2/tss2_esys.h')),
  ],
  demo: [
    // better-sqlite3 compiles with node-gyp where its own binary cannot be downloaded.
    need('Python 3', 'python3', () => command('python3')),
    need('ffmpeg, which makes the clips', 'ffmpeg', () => command('ffmpeg') && command('ffprobe')),
  ],
  test: [
    need('GoogleTest', 'libgtest-dev', () => header('gtest/gtest.h') && library('libgtest.a')),
    need('clang', 'clang', () => command('clang++')),
    need('clang-format', 'clang-format', () => command('clang-format')),
    need('clang-tidy', 'clang-tidy', () => command('run-clang-tidy')),
    need('libFuzzer and the sanitizers of clang', clangRuntimePackage, hasClangRuntime),
    need('llvm-symbolizer and llvm-cov', 'llvm', () =>
      ['llvm-symbolizer', 'llvm-cov'].every(command),
    ),
    need('gst-launch-1.0', 'gstreamer1.0-tools', () => command('gst-launch-1.0')),
    need('GStreamer base plugins', 'gstreamer1.0-plugins-base', () => gstreamer('libgstapp.so')),
    need('GStreamer rtspsrc', 'gstreamer1.0-plugins-good', () => gstreamer('libgstrtsp.so')),
    need('GStreamer h264parse', 'gstreamer1.0-plugins-bad', () =>
      gstreamer('libgstvideoparsersbad.so'),
    ),
    need('GStreamer x264enc', 'gstreamer1.0-plugins-ugly', () => gstreamer('libgstx264.so')),
    need('GStreamer avenc_aac', 'gstreamer1.0-libav', () => gstreamer('libgstlibav.so')),
    need("GStreamer's RTSP server", 'gir1.2-gst-rtsp-server-1.0', () =>
      library('girepository-1.0/GstRtspServer-1.0.typelib'),
    ),
    need('Python for GStreamer', 'python3-gi', () =>
      existsSync('/usr/lib/python3/dist-packages/gi'),
    ),
    need('TLS for GStreamer', 'glib-networking', () => library('gio/modules/libgiognutls.so')),
    need('gdb, which dumps the core that is searched for keys', 'gdb', () => command('gdb')),
    need('SoftHSM, a software token', 'softhsm2', () => command('softhsm2-util')),
    need('swtpm, a software TPM', 'swtpm', () => command('swtpm')),
    need('gcovr', 'gcovr', () => command('gcovr')),
    need('the openssl command', 'openssl', () => command('openssl')),
    need('mosquitto, an MQTT broker', 'mosquitto', () => existsSync('/usr/sbin/mosquitto')),
    need('libfaketime, a clock that can be set', 'faketime', () =>
      library('faketime/libfaketimeMT.so.1'),
    ),
    need('EGL', 'libegl1', () => library('libEGL.so.1')),
    need("Mesa's OpenGL on the CPU", 'libgl1-mesa-dri', () => library('dri/swrast_dri.so')),
    need('a font with Hangul', 'fonts-nanum', () =>
      existsSync('/usr/share/fonts/truetype/nanum/NanumGothic.ttf'),
    ),
    need('a font', 'fonts-dejavu-core', () =>
      existsSync('/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf'),
    ),
    need('Xvfb, a screen without a screen', 'xvfb', () => command('Xvfb')),
    need('SDL 2', 'libsdl2-2.0-0', () => library('libSDL2-2.0.so.0')),
    need('xdotool, a mouse and a keyboard', 'xdotool', () => command('xdotool')),
    // Ubuntu has both browsers as snaps only, under other names.
    need('Chromium', isUbuntu() ? 'chromium-browser' : 'chromium-headless-shell', () =>
      (isUbuntu() ? ['chromium', 'chromium-browser'] : ['chromium-headless-shell']).some(command),
    ),
    need('Firefox, which plays H.265', isUbuntu() ? 'firefox' : 'firefox-esr', () =>
      ['firefox-esr', 'firefox'].some(command),
    ),
    need('ccache, for .ci/run', 'ccache', () => command('ccache')),
    need('ip, which makes networks of machines', 'iproute2', () => command('ip')),
    need('nm and readelf', 'binutils', () => command('nm') && command('readelf')),
  ],
  bench: [need('Crypto++, to compare with', 'libcrypto++-dev', () => header('cryptopp/lea.h'))],
};

/** What each purpose needs besides its own. @type {Record<keyof typeof requirements, string[]>} */
const includes = {
  build: [],
  demo: ['build'],
  test: ['build', 'demo'],
  bench: ['build'],
};

function need(what, name, present) {
  return { what, package: name, present };
}

/**
 * The requirements of a purpose that this system does not meet: its own and those it includes.
 * @param {'build' | 'demo' | 'test' | 'bench'} purpose
 * @returns {{ what: string, package: string }[]}
 */
export function missingRequirements(purpose) {
  return [...includes[purpose], purpose]
    .flatMap((name) => requirements[name])
    .filter(({ present }) => !present())
    .map((requirement) => ({
      what: requirement.what,
      package:
        typeof requirement.package === 'function' ? requirement.package() : requirement.package,
    }));
}

/**
 * The version of libavformat where it is too old for the engine, or undefined. No package mends
 * that: the release of the system decides.
 */
export function outdatedFfmpeg() {
  const version = run('pkg-config', ['--modversion', 'libavformat']);
  if (version === undefined) return undefined;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [floorMajor = 0, floorMinor = 0] = kLibavformatFloor.split('.').map(Number);
  const enough = major > floorMajor || (major === floorMajor && minor >= floorMinor);
  return enough ? undefined : version;
}

/** The line that installs `packages`, for a person to type. */
export function installLine(packages) {
  return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/** True where `name` is an executable on the PATH. */
export function command(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function run(name, args) {
  const { status, stdout } = spawnSync(name, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function hasCompiler() {
  if (process.env.CXX) return command(process.env.CXX) || existsSync(process.env.CXX);
  return (command('g++') || command('c++')) && command('make');
}

function osVersion() {
  return /^VERSION_ID="?([\d.]+)/m.exec(osRelease())?.[1] ?? '';
}

function isUbuntu() {
  return /^ID="?ubuntu/m.test(osRelease());
}

function osRelease() {
  const file = '/etc/os-release';
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** Debian's folders of headers and libraries that belong to one architecture. */
function multiarch() {
  return { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch] ?? '';
}

function header(name) {
  const folders = ['/usr/include', '/usr/local/include', `/usr/include/${multiarch()}`];
  return folders.some((folder) => existsSync(join(folder, name)));
}

function library(name) {
  const folders = [`/usr/lib/${multiarch()}`, '/usr/lib', '/usr/lib64', '/usr/local/lib'];
  return folders.some((folder) => existsSync(join(folder, name)));
}

function gstreamer(name) {
  return library(join('gstreamer-1.0', name));
}

function hasClangRuntime() {
  const folder = run('clang++', ['-print-runtime-dir']);
  if (folder === undefined) return false;
  // Older clangs print a per-target folder that Debian does not use.
  return [folder, join(folder, '..', 'linux')].some(
    (candidate) =>
      existsSync(candidate) &&
      readdirSync(candidate).some((file) => file.startsWith('libclang_rt.fuzzer')),
  );
}

/** Debian 12 and later have libclang-rt-NN-dev; Ubuntu 22.04 has it inside libclang-common-NN-dev. */
function clangRuntimePackage() {
  const depends = run('apt-cache', ['depends', 'clang']) ?? '';
  // Before the first `apt-get update` there are no lists to ask; Debian 12 and 13, Ubuntu 24.04.
  const usual = { 12: '14', 13: '19', 24.04: '18' }[osVersion()] ?? '14';
  const major = /Depends: clang-(\d+)/.exec(depends)?.[1] ?? usual;
  if (depends === '') return `libclang-rt-${major}-dev`;
  const name = `libclang-rt-${major}-dev`;
  return run('apt-cache', ['show', name]) ? name : `libclang-common-${major}-dev`;
}
