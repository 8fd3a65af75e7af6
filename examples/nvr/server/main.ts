#!/usr/bin/env node
// fluxvision-nvr --config FILE: reads the settings, starts the server, and stops it when told to.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isFluxError } from '@fluxvision/core';
import { type Config, ConfigError, loadConfig } from './config/index.js';
import { openLog } from './logs.js';
import { Nvr } from './nvr.js';
import { startServer } from './server.js';
import { openIdentity } from './tls/index.js';
import { VERSION } from './version.js';

const USAGE = `Usage: fluxvision-nvr --config FILE [--check]

  --config FILE  settings, YAML or JSON (see nvr.example.yaml)
  --check        say whether the settings are good, and end
  --version
`;
/** Told to stop, it has so long. */
const STOP_MS = 10_000;

const { values } = parseArgs({
  options: {
    config: { type: 'string' },
    check: { type: 'boolean', default: false },
    version: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

try {
  await main();
} catch (error) {
  console.error(`fluxvision-nvr: ${explain(error)}`);
  process.exit(1);
}

async function main(): Promise<void> {
  if (values.version) return console.log(VERSION);
  if (values.help || values.config === undefined) {
    (values.help ? console.log : console.error)(USAGE);
    if (!values.help) process.exitCode = 2;
    return;
  }
  const file = resolve(values.config);
  const config = loadConfig(file);
  if (values.check) return console.log(`${values.config} is good.`);
  // Told so before it listens, it has nothing to take anew, and must not end.
  let reload = async () => {};
  process.on('SIGHUP', () => void reload());
  const { log, ring } = openLog(config.logLevel ?? 'info');
  const identity = await openIdentity(config);
  // Shown when there is an address to open; after an unlocking that is at once.
  let shown: string | undefined;
  let show = (token: string) => {
    shown = token;
  };
  const showSetupToken = (token: string) => show(token);
  const nvr = await Nvr.open({ config, log, logs: ring, identity, showSetupToken });
  const server = await startServer(nvr).catch(async (error: unknown) => {
    await nvr.close();
    throw error;
  });
  stopOnSignals(() => server.close());
  reload = () => reloadSettings(nvr, file).catch((error) => log.error({ err: error }, 'settings'));
  show = (token) => printSetupToken(server.url, token);
  if (shown !== undefined) show(shown);
  console.log(`FluxVision NVR ${VERSION} at ${server.url}`);
  for (const url of server.otherUrls) console.log(`From other machines: ${url}`);
  console.log(`Certificate (SHA-256): ${identity.fingerprint}`);
  if (identity.authorityFile) console.log(`Trust this authority: ${identity.authorityFile}`);
  for (const { code, message } of nvr.troubles.list()) {
    if (code.startsWith('CERTIFICATE')) console.log(message);
  }
  if (nvr.unavailable) console.log(`Not recording: ${nvr.unavailable.message}`);
}

/** What is wrong in the file, or with it, costs nothing but its changes. */
async function reloadSettings(nvr: Nvr, file: string): Promise<void> {
  let config: Config;
  try {
    config = loadConfig(file);
  } catch (error) {
    nvr.refuseSettings(explain(error));
    return nvr.certificate.reload();
  }
  await nvr.reconfigure(config);
}

/** Once, to the one who starts it: never through the log, which the interface shows. */
function printSetupToken(url: string, token: string): void {
  console.log(`
First start: open this within an hour, and make the first administrator.

  ${url}/setup#token=${token}

Where that address is not the one you reach it by, the page asks for the token:

  ${token}
`);
}

function stopOnSignals(stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = () => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), STOP_MS).unref();
    stop().then(
      () => process.exit(0),
      (error) => {
        console.error(`fluxvision-nvr: ${explain(error)}`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) return `the settings are not good.\n${error.message}`;
  if (isFluxError(error)) return `${error.message} (${error.code})`;
  const { code, path, address, port, message } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (code === 'ENOENT') return `there is no file ${path}.`;
  if (code === 'EADDRINUSE')
    return `${address}:${port} is in use. Stop what uses it, or set listen.port.`;
  if (code === 'EACCES' && port)
    return `port ${port} may not be used by this user. Choose one above 1023.`;
  return message;
}
