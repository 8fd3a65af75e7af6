// Options that several commands share, and the parsers of their values.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { isCameraId } from '../arguments/index.js';

/** A whole number in [min, max]. */
export function wholeNumber(min: number, max: number) {
  return (value: string): number => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}

/** Whole numbers in [min, max], with commas between. */
export function wholeNumbers(min: number, max: number) {
  const one = wholeNumber(min, max);
  return (value: string): number[] => value.split(',').map((part) => one(part.trim()));
}

/** Collects the values of an option that may be repeated. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** Seconds in [min, max], fractions allowed. */
export function seconds(min: number, max: number) {
  return (value: string): number => {
    const number = Number(value);
    if (!/^\d+(\.\d+)?$/.test(value) || number < min || number > max) {
      throw new InvalidArgumentError(`It must be a number of seconds from ${min} to ${max}.`);
    }
    return number;
  };
}

/** The id of a camera. */
export function cameraIdArgument(value: string): string {
  if (isCameraId(value)) return value;
  throw new InvalidArgumentError('It must be the id of a camera: letters, digits, _ - and dots.');
}

/** The stream of a camera. */
export function streamArgument(value: string): 'main' | 'sub' {
  if (value === 'main' || value === 'sub') return value;
  throw new InvalidArgumentError('It must be main or sub.');
}

/** A camera on the command line. */
export interface CameraArgument {
  id: string;
  url: string;
}

/** Collects `--camera ID=URL`. */
export function cameraArgument(value: string, before: CameraArgument[] = []): CameraArgument[] {
  const separator = value.indexOf('=');
  if (separator < 1) throw new InvalidArgumentError('It must be ID=URL.');
  return [...before, { id: value.slice(0, separator), url: value.slice(separator + 1) }];
}

export function withStorage(command: Command): Command {
  return command.requiredOption('--storage <dir>', 'directory of segments, index and keys');
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON instead of text');
}

/** What opens the store of keys. */
export function withRoot(command: Command): Command {
  return command
    .option(
      '--passphrase-file <file>',
      'file with the passphrase (else FLUXVISION_PASSPHRASE, else a prompt)',
    )
    .addOption(
      new Option(
        '--root <type>',
        'what opens the keys; default: the TPM where it is a root, else the passphrase',
      ).choices(['passphrase', 'tpm2', 'pkcs11', 'recovery']),
    )
    .option('--tcti <tcti>', 'how to reach the TPM, as tpm2-tools take it')
    .option('--pkcs11-library <file>', 'PKCS#11 library, where it moved')
    .option('--pin-file <file>', 'file with the PIN of the token (else FLUXVISION_PIN)')
    .option(
      '--recovery-key-file <file>',
      'file with the recovery key (else FLUXVISION_RECOVERY_KEY)',
    );
}

/** The administrator's password. */
export function withAdministrator(command: Command): Command {
  return command.option(
    '--admin-password-file <file>',
    "file with the administrator's password (else FLUXVISION_ADMIN_PASSWORD, else a prompt)",
  );
}
