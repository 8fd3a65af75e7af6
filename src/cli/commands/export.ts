// fluxvision export: a stretch of time as one playable file, or of several cameras as evidence.
import { type Command, Option } from 'commander';
import {
  type ExportManifest,
  exportFootage,
  exportRecording,
  FluxError,
  type FootageFormat,
  type KeyManager,
  type TimeRange,
} from '../../index.js';
import { type OpenKeysOptions, openKeys } from '../open-keys.js';
import { cameraIdArgument, collect, withJson, withRoot, withStorage } from '../options.js';
import { formatBytes, formatDuration, printJson, printLine, say } from '../output.js';
import {
  type PackagePassphraseOptions,
  readPackagePassphrase,
  withPackagePassphrase,
} from '../package-passphrase.js';
import { supervised } from '../supervised.js';
import { formatTime, parseTime } from '../time.js';

interface Options extends OpenKeysOptions, PackagePassphraseOptions {
  camera: string[];
  from: number;
  to: number;
  out?: string;
  directory?: string;
  format?: FootageFormat;
  reason?: string;
  sign: boolean;
  audio: boolean;
  overwrite?: boolean;
  json?: boolean;
}

export function addExport(program: Command): void {
  withJson(
    withPackagePassphrase(
      withRoot(
        withStorage(
          program
            .command('export')
            .description('write a stretch of time to one file, or to a directory as evidence'),
        )
          .requiredOption(
            '--camera <id>',
            'camera; with --directory repeat for more',
            (value: string, before?: string[]) => collect(cameraIdArgument(value), before),
          )
          .requiredOption(
            '--from <time>',
            'begin at the key frame at or before this time',
            parseTime,
          )
          .requiredOption('--to <time>', 'end before this time', parseTime)
          .option('--out <file>', 'one camera: FILE.mp4 or FILE.mkv; it will not be encrypted')
          .option('--overwrite', 'with --out: replace the file where it exists')
          .option('--directory <dir>', 'evidence: a new directory inside of this one')
          .addOption(
            new Option('--format <format>', 'sealed: re-encrypted, with --directory')
              .choices(['mp4', 'mkv', 'sealed'])
              .default(undefined, 'what --out ends in, or mp4'),
          )
          .option('--reason <text>', 'with --directory: why; in the manifest and the audit log')
          .option('--no-sign', 'with --directory: leave the manifest unsigned')
          .option('--no-audio', 'without sound'),
      ),
    ),
  ).action(async (options: Options) => {
    requireOneKind(options);
    const keys = await openKeys(options);
    try {
      await (options.out === undefined ? exportEvidence : exportFile)(options, keys);
    } finally {
      await keys.close();
    }
  });
}

function requireOneKind({ out, directory, camera, format, reason, sign, overwrite }: Options) {
  const refuse = (message: string) => {
    throw new FluxError('ERR_INVALID_ARGUMENT', message);
  };
  if ((out === undefined) === (directory === undefined)) {
    refuse('Give --out FILE for one clip, or --directory DIR for evidence, one of the two.');
  }
  if (directory !== undefined) {
    if (overwrite) refuse('--overwrite goes with --out: evidence replaces nothing.');
    return;
  }
  if (camera.length > 1) refuse('--out takes one camera; give --directory DIR for more.');
  if (format === 'sealed' || reason !== undefined || !sign) {
    refuse('--format sealed, --reason and --no-sign go with --directory DIR.');
  }
}

async function exportFile(options: Options, keys: KeyManager): Promise<void> {
  const result = await supervised('Exporting', ({ signal, update }) =>
    exportRecording({
      storage: options.storage,
      keys,
      cameraId: options.camera[0] as string,
      from: options.from,
      to: options.to,
      out: options.out as string,
      ...(options.format && { format: options.format as 'mp4' | 'mkv' }),
      audio: options.audio,
      overwrite: options.overwrite ?? false,
      signal,
      onProgress: (done) => update(done, 1),
    }),
  );
  if (options.json) {
    printJson(result);
    return;
  }
  printLine(
    `${result.out}: ${result.frames} frames, ${formatBytes(result.bytes)}, ` +
      `${formatTime(result.from)} to ${formatTime(result.to)}`,
  );
  for (const gap of result.gaps) sayGap(gap);
}

async function exportEvidence(options: Options, keys: KeyManager): Promise<void> {
  const { format = 'mp4' } = options;
  const packagePassphrase =
    format === 'sealed' ? await readPackagePassphrase(options, true) : undefined;
  const result = await supervised('Exporting', ({ signal, update }) =>
    exportFootage({
      storage: options.storage,
      keys,
      cameras: options.camera,
      from: options.from,
      to: options.to,
      directory: options.directory as string,
      format,
      audio: options.audio,
      sign: options.sign,
      ...(options.reason !== undefined && { reason: options.reason }),
      ...(packagePassphrase !== undefined && { packagePassphrase }),
      signal,
      onProgress: ({ done, total, label }) => update(done, total, label),
    }),
  );
  if (options.json) {
    printJson(result);
    return;
  }
  printLine(result.directory);
  for (const camera of result.manifest.cameras) printCamera(camera, result.manifest);
  const { signer } = result.manifest;
  if (signer) {
    printLine(`Signed by ${signer.fingerprint}`);
    say('Note that fingerprint elsewhere: fluxvision verify-export DIR --key FINGERPRINT');
  } else {
    say('It is not signed: who has it can alter it.');
  }
}

function printCamera(camera: ExportManifest['cameras'][number], manifest: ExportManifest): void {
  const { id, contained, gaps, leftOut } = camera;
  const files = manifest.files.filter(({ cameraId }) => cameraId === id);
  const frames = files.reduce((sum, file) => sum + file.frames, 0);
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const first = contained[0];
  const last = contained.at(-1);
  const range = first && last ? `, ${formatTime(first.from)} to ${formatTime(last.to)}` : '';
  printLine(`${id}: ${frames} frames, ${formatBytes(bytes)}${range}`);
  for (const gap of gaps) sayGap(gap, `${id}: `, ` (${gap.reason})`);
  for (const part of leftOut) {
    say(
      `${id}: ${part.track} left out (${part.reason}) from ${formatTime(part.from)} to ${formatTime(part.to)}`,
    );
  }
}

function sayGap({ from, to }: TimeRange, before = '', after = ''): void {
  say(
    `${before}no footage for ${formatDuration(to - from)} from ${formatTime(from)} to ${formatTime(to)}${after}`,
  );
}
