// fluxvision simulate: cameras that are not there.
import { type Command, Option } from 'commander';
import { OnvifSimulator, RtspSimulator } from '../../index.js';
import { onInterrupt, sleep } from '../interrupt.js';
import { seconds, wholeNumber, withJson } from '../options.js';
import { printJsonLine, printLine, say } from '../output.js';

interface Options {
  clip: string;
  subClip?: string;
  cameras: number;
  host: string;
  port: number;
  pacing: 'frame' | 'packet';
  user?: string;
  password?: string;
  duration?: number;
  onvif?: boolean;
  onvifPort: number;
  discovery?: boolean | string;
  discoveryPort: number;
  motionEvery?: number;
  json?: boolean;
}

export function addSimulate(program: Command): void {
  withJson(
    program
      .command('simulate')
      .description('serve an H.264 or H.265 file in a loop as RTSP cameras, until Ctrl-C')
      .requiredOption('--clip <file>', 'H.264 or H.265 in MP4 or Matroska, for the main streams')
      .option('--sub-clip <file>', 'for the sub streams (default: the same)')
      .option('--cameras <n>', 'how many', wholeNumber(1, 1000), 1)
      .option('--host <address>', 'address to listen on', '127.0.0.1')
      .option('--port <p>', 'port to listen on; 0: any', wholeNumber(0, 65_535), 8554)
      .addOption(
        new Option('--pacing <kind>', 'a frame at once, or its packets spread over its time')
          .choices(['frame', 'packet'])
          .default('frame'),
      )
      .option('--user <name>', 'ask for Digest authentication')
      .option('--password <password>', 'its password')
      .option('--onvif', 'let them speak ONVIF too: profiles, PTZ, imaging, events')
      .option('--onvif-port <p>', 'its HTTP port; 0: any', wholeNumber(0, 65_535), 8080)
      .option(
        '--discovery [address]',
        'with --onvif: be found on the network (WS-Discovery), at the interface with this address',
      )
      .option('--discovery-port <p>', 'its UDP port; 0: any', wholeNumber(0, 65_535), 3702)
      .option(
        '--motion-every <s>',
        'with --onvif: motion begins or ends this often',
        seconds(0.1, 1e6),
      )
      .option('--duration <s>', 'stop after this many seconds', seconds(0, 1e9)),
  ).action(async (options: Options) => {
    const interrupt = onInterrupt();
    const simulator = await RtspSimulator.start({
      clip: options.clip,
      ...(options.subClip !== undefined && { subClip: options.subClip }),
      cameras: options.cameras,
      host: options.host,
      port: options.port,
      pacing: options.pacing,
      username: options.user ?? '',
      password: options.password ?? '',
    });
    let onvif: OnvifSimulator | undefined;
    let motion: NodeJS.Timeout | undefined;
    try {
      const { port, urls, subUrls } = simulator;
      onvif = options.onvif ? await startOnvif(options, urls, subUrls) : undefined;
      motion = onvif && options.motionEvery ? moveEvery(onvif, options.motionEvery) : undefined;
      const spoken = onvif && { onvifUrls: onvif.urls, discoveryPort: onvif.discoveryPort };
      if (options.json) printJsonLine({ event: 'listening', port, urls, subUrls, ...spoken });
      else printLine([...[...urls, ...subUrls].sort(), ...(onvif?.urls ?? [])].join('\n'));
      if (process.stderr.isTTY) say('Ctrl-C stops.');
      const duration = options.duration === undefined ? undefined : options.duration * 1000;
      await sleep(duration, interrupt.signal);
      if (options.json) printJsonLine({ event: 'summary', streams: simulator.stats() });
    } finally {
      clearInterval(motion);
      await onvif?.close();
      await simulator.close();
      interrupt.release();
    }
  });
}

function startOnvif(
  options: Options,
  urls: readonly string[],
  subUrls: readonly string[],
): Promise<OnvifSimulator> {
  const { discovery, discoveryPort } = options;
  return OnvifSimulator.start({
    cameras: urls.map((main, i) => ({ main, sub: subUrls[i] ?? main })),
    host: options.host,
    port: options.onvifPort,
    username: options.user ?? '',
    password: options.password ?? '',
    ...(discovery && {
      discovery: {
        port: discoveryPort,
        ...(typeof discovery === 'string' && { interfaceAddress: discovery }),
      },
    }),
  });
}

/** Motion comes and goes before every camera. */
function moveEvery(onvif: OnvifSimulator, interval: number): NodeJS.Timeout {
  let motion = false;
  return setInterval(() => {
    motion = !motion;
    for (let number = 1; number <= onvif.urls.length; number++) onvif.setMotion(motion, number);
  }, interval * 1000);
}
