// The second half of `npm run demo`: four simulated cameras and the NVR of examples/nvr, which records
// them encrypted and shows them in the browser, until Ctrl-C. Then what was recorded is verified.
// node scripts/demo.mjs [--port 8443] [--name NAME] [--seconds N] [--output demo-output]
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { RecordingIndex, verifyRecordings } from '../dist/index.js';
import {
  loadConfig,
  Nvr,
  openIdentity,
  openLog,
  startServer,
} from '../examples/nvr/dist/server/index.js';
import { startSceneCameras } from './scene-cameras.mjs';

const { seconds, port, name, output } = readOptions();
const films = join(output, 'films');
const storage = join(output, 'storage');
const passphraseFile = join(output, 'passphrase.txt');
const configFile = join(output, 'nvr.yaml');

const usualPort = 8443;
const madeByDemo = '# Made by npm run demo.';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());

prepare();
const cameras = await startSceneCameras(films);
try {
  await runNvr(cameras);
} finally {
  await cameras.close();
}
await report();

function readOptions() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string' },
      port: { type: 'string' },
      name: { type: 'string', default: 'FluxVision demo' },
      output: { type: 'string' },
    },
  });
  return {
    name: values.name,
    output: resolve(values.output ?? fileURLToPath(new URL('../demo-output', import.meta.url))),
    seconds: numberIn('--seconds', values.seconds, 3, 86_400),
    port: numberIn('--port', values.port, 0, 65_535),
  };
}

function numberIn(name, text, least, most) {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  console.error(`demo: ${name} must be from ${least} to ${most}, not ${text}`);
  process.exit(2);
}

function prepare() {
  // Only what an earlier demo left; its films are still good.
  if (existsSync(storage) && !isOfDemo()) {
    console.error(`demo: ${storage} is not of a demo; choose another --output`);
    process.exit(2);
  }
  rmSync(storage, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  writeFileSync(passphraseFile, `${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 });
}

function isOfDemo() {
  return existsSync(configFile) && readFileSync(configFile, 'utf8').startsWith(madeByDemo);
}

async function runNvr(cameras) {
  const { nvr, server, token } = await startNvr();
  try {
    for (const camera of cameras.cameras) await nvr.parts.cameras.add(camera);
    greet(server.url, token, nvr.identity.fingerprint);
    await (seconds === undefined ? untilInterrupted() : passed(seconds));
    console.log('\nStopping: the last segments are finished and sealed');
  } finally {
    await server.close();
  }
}

/** On the usual port, or, where that is taken, on one that the system chooses. */
async function startNvr() {
  try {
    return await startNvrAt(port ?? usualPort);
  } catch (error) {
    if (error.code !== 'EADDRINUSE' || port !== undefined) throw error;
    return startNvrAt(0);
  }
}

async function startNvrAt(listenPort) {
  writeFileSync(configFile, settings(listenPort));
  const config = loadConfig(configFile);
  const { log, ring } = openLog('warn');
  const identity = await openIdentity(config);
  let token = '';
  const showSetupToken = (shown) => {
    token = shown;
  };
  const nvr = await Nvr.open({ config, log, logs: ring, identity, showSetupToken });
  try {
    return { nvr, server: await startServer(nvr), token };
  } catch (error) {
    await nvr.close();
    throw error;
  }
}

function settings(listenPort) {
  return `${madeByDemo} Start it again without the simulated cameras:
#   npm run nvr -- --config ${relative(process.cwd(), configFile)}
name: ${JSON.stringify(name)}
storage: ./storage
passphrase: { file: ./passphrase.txt }
listen: { address: 127.0.0.1, port: ${listenPort} }
# The simulated cameras run on this machine.
allowLoopbackCameras: true
`;
}

function greet(url, token, fingerprint) {
  console.log(`
Four simulated cameras are recorded, sealed with LEA-256-GCM while they are written.

  Open         ${url}/setup#token=${token}
  Setup token  ${token}

The browser warns of the certificate, which this machine made for itself. Its SHA-256 is
  ${fingerprint}
Choose a name and a password, and the cameras are there. Ctrl-C ends it.`);
}

function untilInterrupted() {
  return passed(2 ** 31 / 1000 - 1);
}

async function passed(time) {
  await sleep(time * 1000, undefined, { signal: interrupted.signal }).catch(() => {});
}

async function report() {
  const index = await RecordingIndex.open({ storage });
  const table = new Table({
    head: ['camera', 'segments', 'frames', 'encrypted on disk'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right'],
  });
  for (const { id, segments, frames, bytes } of index.cameras()) {
    table.push([id, segments, frames, `${(bytes / 2 ** 20).toFixed(1)} MiB`]);
  }
  await index.close();
  console.log(table.toString());
  const passphrase = readFileSync(passphraseFile, 'utf8').trim();
  const { ok, checked, bytes, problems } = await verifyRecordings({ storage, passphrase });
  for (const { file, code, message } of problems) console.error(`${file}: ${code}: ${message}`);
  if (!ok) throw new Error('The verification found problems');
  const size = `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  console.log(`Verified ${checked} segments: all ${size} are as they were recorded`);
}
