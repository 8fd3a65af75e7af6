// fluxvision doctor: what this machine offers.
import type { Command } from 'commander';
import {
  type CryptoModuleInfo,
  cryptoModules,
  type Hardware,
  isFluxError,
  probeHardware,
} from '../../index.js';
import { type UdpReceiveBuffer, udpReceiveBuffer } from '../../system/index.js';
import { Exit, ExitCode } from '../exit-codes.js';
import { withJson } from '../options.js';
import { formatBytes, printJson, printLine, printTable } from '../output.js';

export function addDoctor(program: Command): void {
  withJson(
    program
      .command('doctor')
      .description(
        'show CPU features, media libraries, codecs, GPU parts and who serves the ciphers',
      ),
  ).action(async (options: { json?: boolean }) => {
    const hardware = await probeHardware();
    const ciphers = probeCiphers();
    const udp = udpReceiveBuffer();
    if (options.json) printJson({ ...hardware, ...ciphers, udpReceiveBuffer: udp });
    else printReport(hardware, ciphers, udp);
    if (ciphers.cryptoModuleError) throw new Exit(ExitCode.failed);
  });
}

interface Ciphers {
  cryptoModules: CryptoModuleInfo[];
  /** Why a configured module does not work. */
  cryptoModuleError?: { code: string; message: string };
}

function probeCiphers(): Ciphers {
  try {
    return { cryptoModules: cryptoModules() };
  } catch (error) {
    if (!isFluxError(error, 'ERR_CRYPTO_MODULE')) throw error;
    const { code, message } = error;
    return { cryptoModules: [], cryptoModuleError: { code, message } };
  }
}

function describeModule(served: CryptoModuleInfo): string {
  if (served.path === undefined) return served.module;
  const validation = served.validation ?? 'claims no validation';
  return `${served.module} ${served.version} (${validation}), ${served.path}`;
}

function describeUdp({ maxBytes, enough }: UdpReceiveBuffer): string {
  if (maxBytes === undefined) return 'the kernel does not say';
  return `${enough ? 'yes' : 'no'}: up to ${formatBytes(maxBytes)}`;
}

function printReport(hardware: Hardware, ciphers: Ciphers, udp: UdpReceiveBuffer): void {
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
      ['Cipher vectors', hardware.cipherLevel],
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
      ['UDP buffers', describeUdp(udp)],
      ...ciphers.cryptoModules.map((served) => [served.algorithm, describeModule(served)]),
      ...(ciphers.cryptoModuleError ? [['Ciphers', ciphers.cryptoModuleError.message]] : []),
    ],
  );
  if (udp.fix !== undefined) {
    const buffers = `${formatBytes(udp.wantedBytes)}, and the kernel gives ${formatBytes(udp.maxBytes as number)}`;
    printLine(`Cameras over UDP need receive buffers of ${buffers}: bursts will be lost.`);
    printLine(`Run: ${udp.fix}`);
  }
  if (hardware.gpus.length === 0) {
    printLine('Recording needs no GPU; decoding, drawing and encoding use the CPU without one.');
  }
}
