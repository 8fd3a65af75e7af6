// fluxvision cameras: the cameras of a storage with their passwords, sealed.
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { redactUrl } from '../../arguments/index.js';
import {
  type CameraTlsOptions,
  ConfigStore,
  FluxError,
  type KeyManager,
  OnvifDevice,
  RecordingIndex,
  type StoredCamera,
  type StreamName,
} from '../../index.js';
import { readCameraPassword } from '../onvif-login.js';
import { type OpenKeysOptions, openKeys, openOrCreateKeys } from '../open-keys.js';
import { withJson, withRoot, withStorage } from '../options.js';
import { printJson, printLine, printTable } from '../output.js';

interface Options extends OpenKeysOptions {
  json?: boolean;
}

interface AddOptions extends Options {
  id: string;
  url?: string;
  onvif?: string;
  stream: 'main' | 'sub';
  subUrl?: string;
  transport?: 'tcp' | 'udp' | 'auto';
  tlsFingerprint?: string;
  tlsCa?: string;
  audio: boolean;
  recordStreams?: string;
  mode?: 'continuous' | 'event' | 'off';
  username?: string;
  passwordFile?: string;
}

export function addCameras(program: Command): void {
  const cameras = program
    .command('cameras')
    .description('keep the addresses and passwords of cameras, sealed, for record');
  withJson(
    withRoot(
      withStorage(cameras.command('add').description('add a camera, or replace it'))
        .requiredOption('--id <id>', 'name of the camera')
        .option('--url <url>', 'rtsp://host[:port]/path')
        .option('--onvif <host>', 'ask the camera for its address instead: host, host:port or URL')
        .addOption(
          new Option('--stream <which>', 'with --onvif: the largest stream, or a smaller one')
            .choices(['main', 'sub'])
            .default('main'),
        )
        .option('--sub-url <url>', 'the smaller stream, for previews')
        .addOption(
          new Option('--transport <how>', 'how the video travels (default: tcp)').choices([
            'tcp',
            'udp',
            'auto',
          ]),
        )
        .option('--tls-fingerprint <hex>', 'rtsps: SHA-256 of the certificate to trust')
        .option('--tls-ca <file>', 'rtsps, https: PEM of the authorities to believe instead')
        .option('--no-audio', 'do not receive its sound')
        .option('--record-streams <list>', 'main, sub or main,sub (default: main)')
        .addOption(
          new Option('--mode <mode>', 'when it is recorded (default: continuous)').choices([
            'continuous',
            'event',
            'off',
          ]),
        )
        .option('--username <name>', 'user name at the camera; asks for the password')
        .option(
          '--password-file <file>',
          'file with the password (else FLUXVISION_CAMERA_PASSWORD, else a prompt)',
        ),
    ),
  ).action(async (options: AddOptions) => {
    const { id, username } = options;
    // Once: a prompt would ask for it twice.
    const password = username === undefined ? undefined : await readCameraPassword(options);
    const login = username === undefined ? {} : { username, password: password as string };
    const tls = tlsOf(options);
    const url = await addressOf(options, login, tls.ca);
    // Makes the storage where there is none yet.
    await (await RecordingIndex.open({ storage: options.storage })).close();
    const keys = await openOrCreateKeys(options);
    await withConfig(options.storage, keys, (config) =>
      config.setCamera({ id, url, ...login, ...furtherOptions(options, tls) }),
    );
    if (options.json) printJson({ id });
    else
      printLine(
        `Camera '${id}' is kept. Record it: fluxvision record --storage ${options.storage}`,
      );
  });

  withJson(
    withRoot(
      withStorage(cameras.command('list').description('list the cameras, without passwords')),
    ),
  ).action(async (options: Options) => {
    const keys = await openKeys(options);
    const list = await withConfig(options.storage, keys, (config) =>
      config.cameras().map(({ id, url, username }) => ({
        id,
        // What a URL carries as password is not shown either.
        url: redactUrl(url),
        ...(username !== undefined && { username }),
      })),
    );
    if (options.json) printJson(list);
    else
      printTable(
        ['CAMERA', 'URL', 'USER'],
        list.map(({ id, url, username }) => [id, url, username ?? '']),
      );
  });

  withJson(
    withRoot(
      withStorage(
        cameras
          .command('remove')
          .description('forget a camera; its recordings stay')
          .argument('<id>', 'name of the camera'),
      ),
    ),
  ).action(async (id: string, options: Options) => {
    const keys = await openKeys(options);
    await withConfig(options.storage, keys, (config) => config.removeCamera(id));
    if (options.json) printJson({ removed: id });
    else printLine(`Camera '${id}' is forgotten.`);
  });
}

async function withConfig<T>(
  storage: string,
  keys: KeyManager,
  work: (config: ConfigStore) => Promise<T> | T,
): Promise<T> {
  try {
    const config = await ConfigStore.open({ storage, keys });
    try {
      return await work(config);
    } finally {
      await config.close();
    }
  } finally {
    await keys.close();
  }
}

function tlsOf({ tlsFingerprint, tlsCa }: AddOptions): CameraTlsOptions {
  return {
    ...(tlsFingerprint !== undefined && { fingerprint: tlsFingerprint }),
    ...(tlsCa !== undefined && { ca: readPem(tlsCa) }),
  };
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    throw new FluxError(
      'ERR_INVALID_ARGUMENT',
      `--tls-ca: ${file} cannot be read: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}

function furtherOptions(options: AddOptions, tls: CameraTlsOptions): Partial<StoredCamera> {
  const { subUrl, transport, audio, recordStreams, mode } = options;
  const recording = {
    ...(recordStreams !== undefined && { streams: recordStreams.split(',') as StreamName[] }),
    ...(mode !== undefined && { mode }),
  };
  return {
    ...(subUrl !== undefined && { sub: { url: subUrl } }),
    ...(transport !== undefined && { transport }),
    ...(Object.keys(tls).length > 0 && { tls }),
    ...(!audio && { audio }),
    ...(Object.keys(recording).length > 0 && { recording }),
  };
}

/** The address that is given, or that the camera itself tells. */
async function addressOf(
  { id, url, onvif, stream }: AddOptions,
  login: { username?: string; password?: string },
  ca: CameraTlsOptions['ca'],
): Promise<string> {
  if ((url === undefined) === (onvif === undefined)) {
    throw new FluxError('ERR_INVALID_ARGUMENT', 'Give --url or --onvif, one of them.');
  }
  if (url !== undefined) return url;
  const target = onvif as string;
  const device = await OnvifDevice.connect({
    ...(/^https?:\/\//i.test(target) ? { url: target } : { host: target }),
    ...login,
    ...(ca !== undefined && { tls: { ca } }),
  });
  return (await device.cameraOptions({ id, stream })).url;
}
