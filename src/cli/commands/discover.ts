// fluxvision discover: the ONVIF cameras of the network.
import type { Command } from 'commander';
import { Camera } from '../../index.js';
import { Exit } from '../exit-codes.js';
import { onInterrupt } from '../interrupt.js';
import { collect, seconds, wholeNumber, withJson } from '../options.js';
import { printJson, printTable, say } from '../output.js';

interface Options {
  timeout: number;
  interface?: string[];
  host?: string[];
  port: number;
  json?: boolean;
}

export function addDiscover(program: Command): void {
  withJson(
    program
      .command('discover')
      .description('find ONVIF cameras on the network')
      .option('--timeout <s>', 'how long to wait for answers', seconds(0.1, 600), 3)
      .option('--interface <name>', 'interface to ask on, or its address (repeatable)', collect)
      .option(
        '--host <address>',
        'ask this address by itself, beyond a router too (repeatable)',
        collect,
      )
      .option('--port <p>', 'UDP port', wholeNumber(1, 65_535), 3702),
  ).action(async (options: Options) => {
    const interrupt = onInterrupt();
    try {
      const found = await Camera.discover({
        timeoutMs: Math.round(options.timeout * 1000),
        ...(options.interface && { interfaces: options.interface }),
        ...(options.host && { hosts: options.host }),
        port: options.port,
        signal: interrupt.signal,
      });
      if (options.json) return printJson(found);
      if (found.length === 0) {
        return say(
          'No camera answered. ONVIF may be switched off in it, or a router may be between: try --host.',
        );
      }
      printTable(
        ['HOST', 'NAME', 'HARDWARE', 'LOCATION', 'ADDRESS'],
        found.map(({ host, name, hardware, location, addresses }) => [
          host,
          name ?? '',
          hardware ?? '',
          location ?? '',
          addresses[0] ?? '',
        ]),
      );
    } catch (error) {
      if (interrupt.status !== undefined) throw new Exit(interrupt.status);
      throw error;
    } finally {
      interrupt.release();
    }
  });
}
