// Options that several commands share, and the parsers of their values.
import { type Command, InvalidArgumentError } from 'commander';

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

export function withPassphrase(command: Command): Command {
  return command.option(
    '--passphrase-file <file>',
    'file with the passphrase (else FLUXVISION_PASSPHRASE, else a prompt)',
  );
}
