// fluxvision simulate: cameras that are not there.
import { type Command, Option } from 'commander';
import { RtspSimulator } from '../../index.js';
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
  json?: boolean;
}

export function addSimulate(program: Command): void {
  withJson(
    program
      .command('simulate')
      .description('serve an H.264 file in a loop as RTSP cameras, until Ctrl-C')
      .requiredOption('--clip <file>', 'H.264 in MP4 or Matroska, for the main streams')
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
    try {
      const { port, urls, subUrls } = simulator;
      if (options.json) printJsonLine({ event: 'listening', port, urls, subUrls });
      else printLine([...urls, ...subUrls].sort().join('\n'));
      if (process.stderr.isTTY) say('Ctrl-C stops.');
      const duration = options.duration === undefined ? undefined : options.duration * 1000;
      await sleep(duration, interrupt.signal);
      if (options.json) printJsonLine({ event: 'summary', streams: simulator.stats() });
    } finally {
      await simulator.close();
      interrupt.release();
    }
  });
}
