// fluxvision onvif: what a camera says of itself, its streams, its picture, and moving it.
import { writeFileSync } from 'node:fs';
import { Argument, type Command, InvalidArgumentError } from 'commander';
import { FluxError, type OnvifDevice, type OnvifProfile, type Ptz } from '../../index.js';
import { Exit } from '../exit-codes.js';
import { onInterrupt } from '../interrupt.js';
import { connectOnvif, type OnvifLoginOptions, withOnvifLogin } from '../onvif-login.js';
import { seconds, withJson } from '../options.js';
import { printJson, printJsonLine, printLine, printTable, say } from '../output.js';

interface Options extends OnvifLoginOptions {
  json?: boolean;
}

interface PtzOptions extends Options {
  profile?: string;
  pan?: number;
  tilt?: number;
  zoom?: number;
  speed?: number;
  duration: number;
  preset?: string;
  name?: string;
}

const HOST = 'host, host:port or URL of the device service';

export function addOnvif(program: Command): void {
  const onvif = program.command('onvif').description('ask and move a camera that speaks ONVIF');
  command(onvif, 'info', 'what the camera is and can').action((host: string, options: Options) =>
    withDevice(host, options, async (device) => {
      const { url, information, capabilities, clockOffsetMs } = device;
      const about = { url, ...information, capabilities, clockOffsetMs };
      if (options.json) return printJson(about);
      printTable(
        [],
        [
          ['Manufacturer', information.manufacturer],
          ['Model', information.model],
          ['Firmware', information.firmwareVersion],
          ['Serial number', information.serialNumber],
          ['Services', names(capabilities)],
          ['Clock', `${(clockOffsetMs / 1000).toFixed(0)} s ahead of ours`],
        ],
      );
    }),
  );

  command(onvif, 'streams', 'its profiles and where their streams are').action(
    (host: string, options: Options) =>
      withDevice(host, options, async (device) => {
        const profiles = await device.profiles();
        const { main, sub } = await device.streams();
        const roles = new Map([
          [main.profile.token, 'main'],
          [sub?.profile.token, 'sub'],
        ]);
        const rows = [];
        for (const profile of profiles.filter(({ video }) => video)) {
          const { uri, reportedUri } = await device.streamUri(profile);
          rows.push({ ...profile, role: roles.get(profile.token), uri, reportedUri });
        }
        if (options.json) return printJson(rows);
        printTable(
          ['PROFILE', 'USE', 'VIDEO', 'AUDIO', 'PTZ', 'ADDRESS'],
          rows.map((row) => [
            row.token,
            row.role ?? '',
            videoText(row),
            row.audio?.codec ?? '',
            row.ptz ? 'yes' : '',
            row.uri,
          ]),
        );
      }),
  );

  command(onvif, 'snapshot', 'fetch the picture of now')
    .requiredOption('--out <file>', 'where to write it')
    .option('--profile <token>', 'profile (default: the largest)')
    .option('--overwrite', 'replace the file')
    .action(
      (host: string, options: Options & { out: string; profile?: string; overwrite?: boolean }) =>
        withDevice(host, options, async (device) => {
          const picture = await device.snapshot(options.profile);
          writePicture(options.out, picture, options.overwrite ?? false);
          if (options.json) printJson({ path: options.out, bytes: picture.length });
          else printLine(`${options.out}: ${picture.length} bytes`);
        }),
    );

  command(onvif, 'ptz', 'move the camera')
    .addArgument(
      new Argument('<action>', 'what to do').choices([
        ...['status', 'move', 'goto', 'by', 'stop', 'home'],
        ...['presets', 'set-preset', 'goto-preset', 'remove-preset'],
      ]),
    )
    .option('--profile <token>', 'profile (default: the first that can move)')
    .option('--pan <x>', '-1 (left) to 1 (right)', within(-1, 1))
    .option('--tilt <y>', '-1 (down) to 1 (up)', within(-1, 1))
    .option('--zoom <z>', 'goto: 0 (wide) to 1 (tele); move and by: -1 to 1', within(-1, 1))
    .option('--speed <v>', 'goto, by, goto-preset, home: 0 to 1', within(0, 1))
    .option('--duration <s>', 'move: the camera stops after this long', seconds(0.1, 600), 1)
    .option('--preset <token>', 'set-preset (to replace it), goto-preset, remove-preset')
    .option('--name <name>', 'set-preset: its name')
    .action((host: string, action: string, options: PtzOptions) =>
      withDevice(host, options, async (device) => {
        const done = await runPtz(device.ptz(options.profile), action, options);
        if (options.json) printJson(done ?? {});
        else if (done) printLine(ptzText(done));
      }),
    );

  command(onvif, 'events', 'what happens at the camera, until Ctrl-C').action(
    (host: string, options: Options) =>
      withDevice(host, options, async (device, signal) => {
        const events = device.events({
          signal,
          onRetry: ({ error, retryInMs }) =>
            say(`${error.message} Trying again in ${Math.round(retryInMs / 1000)} s.`),
        });
        for await (const event of events) {
          if (options.json) printJsonLine(event);
          else
            printLine(
              `${new Date(event.time).toISOString()}  ${event.topic}  ${items(event.data)}`,
            );
        }
      }),
  );
}

function command(onvif: Command, name: string, description: string): Command {
  return withJson(
    withOnvifLogin(onvif.command(name).description(description).argument('<host>', HOST)),
  );
}

async function withDevice(
  host: string,
  options: Options,
  work: (device: OnvifDevice, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const interrupt = onInterrupt();
  try {
    await work(await connectOnvif(host, options, interrupt.signal), interrupt.signal);
  } catch (error) {
    if (interrupt.status !== undefined) throw new Exit(interrupt.status);
    throw error;
  } finally {
    interrupt.release();
  }
}

type PtzAnswer =
  | Awaited<ReturnType<Ptz['presets']>>
  | Awaited<ReturnType<Ptz['status']>>
  | { token: string };

async function runPtz(
  ptz: Ptz,
  action: string,
  options: PtzOptions,
): Promise<PtzAnswer | undefined> {
  const where = {
    ...(options.pan !== undefined && { pan: options.pan }),
    ...(options.tilt !== undefined && { tilt: options.tilt }),
    ...(options.zoom !== undefined && { zoom: options.zoom }),
  };
  const speed = options.speed === undefined ? {} : { speed: options.speed };
  switch (action) {
    case 'move':
      await ptz.continuousMove({ ...where, timeoutMs: Math.round(options.duration * 1000) });
      return undefined;
    case 'goto':
      await ptz.absoluteMove({ ...where, ...speed });
      return undefined;
    case 'by':
      await ptz.relativeMove({ ...where, ...speed });
      return undefined;
    case 'stop':
      await ptz.stop();
      return undefined;
    case 'home':
      await ptz.gotoHome(speed);
      return undefined;
    case 'presets':
      return ptz.presets();
    case 'set-preset':
      return {
        token: await ptz.setPreset({
          name: required('--name', options.name),
          ...(options.preset !== undefined && { token: options.preset }),
        }),
      };
    case 'goto-preset':
      await ptz.gotoPreset(required('--preset', options.preset), speed);
      return undefined;
    case 'remove-preset':
      await ptz.removePreset(required('--preset', options.preset));
      return undefined;
    default:
      return ptz.status();
  }
}

function required(option: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new FluxError('ERR_INVALID_ARGUMENT', `Give ${option}.`);
}

function ptzText(answer: PtzAnswer): string {
  if (Array.isArray(answer)) return answer.map(({ token, name }) => `${token}  ${name}`).join('\n');
  if ('token' in answer) return answer.token;
  const { pan, tilt, zoom, moving } = answer;
  const number = (value: number | undefined) => value?.toFixed(3) ?? '?';
  return `pan ${number(pan)}  tilt ${number(tilt)}  zoom ${number(zoom)}${moving ? '  moving' : ''}`;
}

function videoText({ video }: OnvifProfile): string {
  if (!video) return '';
  const rate = video.frameRate === undefined ? '' : ` ${video.frameRate}/s`;
  const bits = video.bitrateKbps === undefined ? '' : ` ${video.bitrateKbps} kbit/s`;
  return `${video.codec} ${video.width}x${video.height}${rate}${bits}`;
}

function names(capabilities: object): string {
  return Object.entries(capabilities)
    .filter(([, has]) => has)
    .map(([name]) => name)
    .join(', ');
}

function items(data: Readonly<Record<string, string>>): string {
  return Object.entries(data)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function within(min: number, max: number) {
  return (value: string): number => {
    const number = Number(value);
    if (!/^-?\d+(\.\d+)?$/.test(value) || number < min || number > max) {
      throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
    }
    return number;
  };
}

function writePicture(path: string, picture: Buffer, overwrite: boolean): void {
  try {
    writeFileSync(path, picture, { flag: overwrite ? 'w' : 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new FluxError('ERR_EXISTS', `${path} exists. Give another --out, or --overwrite.`);
  }
}
