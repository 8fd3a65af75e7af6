// fluxvision verify-export: is an export as it was written, and who signed it? Needs no keys.
import type { Command } from 'commander';
import { type ExportVerification, verifyExport } from '../../index.js';
import { Exit, ExitCode } from '../exit-codes.js';
import { withJson } from '../options.js';
import { formatBytes, printLine, say } from '../output.js';
import {
  PACKAGE_PASSPHRASE_VARIABLE,
  type PackagePassphraseOptions,
  readPackagePassphrase,
  withPackagePassphrase,
} from '../package-passphrase.js';
import { makeSafe } from '../safe-text.js';
import { supervised } from '../supervised.js';
import { formatTime } from '../time.js';

interface Options extends PackagePassphraseOptions {
  key?: string;
  storage?: string;
  open?: boolean;
  allowUnsigned?: boolean;
  json?: boolean;
}

export function addVerifyExport(program: Command): void {
  withJson(
    withPackagePassphrase(
      program
        .command('verify-export')
        .description('check an export and its signature; exit 1 where anything was altered')
        .argument('<dir>', 'the directory that export made')
        .option('--key <fingerprint>', 'the key that shall have signed it')
        .option('--storage <dir>', 'compare the segments of this storage too')
        .option('--open', 'sealed: authenticate the content too, with the passphrase')
        .option('--allow-unsigned', 'take an export that was made with --no-sign'),
    ),
  ).action(async (directory: string, options: Options) => {
    // Without --open a passphrase that is at hand is used, and nobody is asked for one.
    const given =
      options.packagePassphraseFile !== undefined || process.env[PACKAGE_PASSPHRASE_VARIABLE];
    const packagePassphrase =
      options.open || given ? await readPackagePassphrase(options, false) : undefined;
    const report = await supervised('Verifying', ({ signal, update }) =>
      verifyExport({
        directory,
        ...(options.key !== undefined && { key: options.key }),
        ...(options.storage !== undefined && { storage: options.storage }),
        ...(packagePassphrase !== undefined && { packagePassphrase }),
        allowUnsigned: options.allowUnsigned ?? false,
        signal,
        onProgress: ({ done, total, label }) => update(done, total, label),
      }),
    );
    if (options.json) printLine(makeSafe(JSON.stringify(report, undefined, 2), '\n'));
    else print(report);
    if (!report.ok) throw new Exit(ExitCode.failed);
  });
}

function print(report: ExportVerification): void {
  const { firstBad, manifest, fingerprint } = report;
  if (firstBad) {
    printLine(`${makeSafe(firstBad.message)} (${firstBad.code})`);
    return;
  }
  printLine(`${report.files} files, ${formatBytes(report.bytes)}: all as they were written.`);
  if (report.opened > 0) printLine(`${report.opened} sealed segments opened: all authentic.`);
  if (report.sources > 0) printLine(`${report.sources} segments of the storage: all the same.`);
  if (manifest) {
    const { creator, actor, reason, createdAt, asked } = manifest;
    const cameras = manifest.cameras.map(({ id }) => id).join(', ');
    printLine(`Cameras ${cameras}, ${formatTime(asked.from)} to ${formatTime(asked.to)}`);
    const why = reason === '' ? '' : `, for: ${reason}`;
    printLine(
      makeSafe(`Made ${formatTime(createdAt)} by ${actor} (store ${creator.storeId})${why}`),
    );
  }
  if (fingerprint === undefined) {
    say('It is not signed: anyone may have written it.');
    return;
  }
  printLine(`Signed by ${fingerprint}`);
  if (!report.trusted) {
    say('That key is the one which the export itself names; --key checks it against yours.');
  }
}
