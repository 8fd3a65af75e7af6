// The command line as a tree of commands, and how its errors become exit codes.
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { isFluxError } from '../index.js';
import { addAudit } from './commands/audit.js';
import { addCameras } from './commands/cameras.js';
import { addCheck } from './commands/check.js';
import { addDiscover } from './commands/discover.js';
import { addDoctor } from './commands/doctor.js';
import { addExport } from './commands/export.js';
import { addKeys } from './commands/keys/index.js';
import { addOnvif } from './commands/onvif.js';
import { addPlay } from './commands/play.js';
import { addRecord } from './commands/record.js';
import { addSegments } from './commands/segments.js';
import { addSimulate } from './commands/simulate.js';
import { addStorage } from './commands/storage.js';
import { addThumbnail } from './commands/thumbnail.js';
import { addVerify } from './commands/verify.js';
import { addVerifyExport } from './commands/verify-export.js';
import { Exit, ExitCode } from './exit-codes.js';

const EPILOGUE = `
Times are ISO 8601 (2026-01-26T14:00:00Z; without an offset: UTC) or milliseconds since 1970.
The passphrase comes from --passphrase-file, FLUXVISION_PASSPHRASE or a prompt.

Exit codes: 0 done; 1 failed, refused, or something was altered; 2 wrong arguments; 130 or 143 interrupted.`;

export function buildProgram(): Command {
  const program = new Command('fluxvision')
    .description('Records RTSP cameras into encrypted segments, verifies and exports them.')
    .version(packageJson.version)
    .addHelpText('after', EPILOGUE)
    .showHelpAfterError('(fluxvision --help shows the commands)')
    // Sub-commands copy it when they are added.
    .exitOverride();
  addDoctor(program);
  addDiscover(program);
  addOnvif(program);
  addCameras(program);
  addRecord(program);
  addSegments(program);
  addStorage(program);
  addVerify(program);
  addCheck(program);
  addExport(program);
  addVerifyExport(program);
  addPlay(program);
  addThumbnail(program);
  addKeys(program);
  addAudit(program);
  addSimulate(program);
  return program;
}

/** Runs the command line; returns its exit code, having said on stderr what went wrong. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync([...argv], { from: 'user' });
    return ExitCode.ok;
  } catch (error) {
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof Exit) return error.status;
  // Commander has printed its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (isFluxError(error)) {
    process.stderr.write(`fluxvision: ${error.message} (${error.code})\n`);
    return error.code === 'ERR_INVALID_ARGUMENT' ? ExitCode.usage : ExitCode.failed;
  }
  process.stderr.write(`fluxvision: ${error instanceof Error ? error.stack : String(error)}\n`);
  return ExitCode.failed;
}
