// fluxvision doctor: what this machine offers.
import type { Command } from 'commander';
import { type Hardware, probeHardware } from '../../index.js';
import { withJson } from '../options.js';
import { formatBytes, printJson, printLine, printTable } from '../output.js';

export function addDoctor(program: Command): void {
  withJson(
    program
      .command('doctor')
      .description('show CPU features, media libraries, codecs and GPU parts: present, or why not'),
  ).action(async (options: { json?: boolean }) => {
    const hardware = await probeHardware();
    if (options.json) printJson(hardware);
    else printHardware(hardware);
  });
}

function printHardware(hardware: Hardware): void {
  const { cpu } = hardware;
  const names = (codecs: Hardware['decoders'], available: boolean) =>
    codecs
      .filter((codec) => codec.available === available)
      .map((codec) => codec.name)
      .join(' ') || 'none';
  printTable(
    [],
    [
      ['CPU', `${cpu.model}, ${cpu.cores} cores`],
      ['CPU features', cpu.features.join(' ') || 'none that the engine uses'],
      ['Node.js', `${process.version} (${process.platform} ${process.arch})`],
      ['OpenSSL', hardware.openssl],
      ...hardware.libraries.map((library) => [
        library.name,
        library.license ? `${library.version} (${library.license})` : library.version,
      ]),
      ['Decoders', names(hardware.decoders, true)],
      ['  not there', names(hardware.decoders, false)],
      ['Encoders', names(hardware.encoders, true)],
      ['  not there', names(hardware.encoders, false)],
      ...hardware.gpus.map((gpu) => ['GPU', `${gpu.name}, ${formatBytes(gpu.memoryBytes)}`]),
      ...hardware.components.map((part) => [
        part.name,
        `${part.available ? 'yes' : 'no'}${part.detail && `: ${part.detail}`}`,
      ]),
    ],
  );
  if (hardware.gpus.length === 0) printLine('Recording needs no GPU.');
}
