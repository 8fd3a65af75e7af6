// Where the passphrase comes from: a file, the environment, or a person. Never from an argument, as
// those are visible to every user of the machine.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { FluxError, RecordingIndex } from '../index.js';
import { Exit, ExitCode } from './exit-codes.js';

export const PASSPHRASE_VARIABLE = 'FLUXVISION_PASSPHRASE';

export interface PassphraseOptions {
  storage: string;
  passphraseFile?: string;
}

/** The passphrase of a storage that exists. */
export async function readPassphrase(options: PassphraseOptions): Promise<string | Uint8Array> {
  return read(options, false);
}

/** The passphrase of a storage that may be new; a new storage's is asked for twice. */
export async function readOrChoosePassphrase(
  options: PassphraseOptions,
): Promise<string | Uint8Array> {
  return read(options, !existsSync(join(options.storage, 'keys', 'root.json')));
}

async function read(options: PassphraseOptions, isNew: boolean): Promise<string | Uint8Array> {
  return readSecret({
    what: 'passphrase',
    option: '--passphrase-file',
    file: options.passphraseFile,
    variable: PASSPHRASE_VARIABLE,
    isNew,
    // Nobody should type a passphrase to hear that the directory was misspelt.
    beforeAsking: async () => {
      if (isNew) return;
      await (await RecordingIndex.open({ storage: options.storage, readOnly: true })).close();
    },
  });
}

/** A secret and where it may come from, in this order: file, environment, a person. */
export interface SecretSource {
  /** "passphrase", "PIN": for prompts and errors. */
  what: string;
  /** The option that names the file. */
  option: string;
  file: string | undefined;
  variable: string;
  /** A new one is asked for twice. */
  isNew?: boolean;
  beforeAsking?: () => Promise<void>;
}

export async function readSecret(source: SecretSource): Promise<string | Uint8Array> {
  if (source.file !== undefined) return fromFile(source.option, source.file);
  const variable = process.env[source.variable];
  if (variable) return variable;
  if (!process.stdin.isTTY) {
    throw new FluxError(
      'ERR_INVALID_ARGUMENT',
      `There is no ${source.what}. Give ${source.option}, set ${source.variable}, or run on a terminal.`,
    );
  }
  await source.beforeAsking?.();
  return fromPrompt(source.what, source.isNew ?? false);
}

function fromFile(option: string, path: string): string | Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
    if ((statSync(path).mode & 0o077) !== 0) {
      process.stderr.write(
        `warning: other users may access ${path}. Make it private: chmod 600 ${path}\n`,
      );
    }
  } catch (error) {
    throw new FluxError('ERR_NOT_FOUND', `${option}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const end = bytes.at(-1) !== 0x0a ? bytes.length : bytes.length - (bytes.at(-2) === 0x0d ? 2 : 1);
  const content = bytes.subarray(0, end);
  if (content.length === 0) {
    throw new FluxError('ERR_INVALID_ARGUMENT', `${option}: ${path} is empty.`);
  }
  try {
    // As text it equals the same passphrase from the environment or the prompt.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return content;
  }
}

async function fromPrompt(what: string, isNew: boolean): Promise<string> {
  const name = `${what[0]?.toUpperCase()}${what.slice(1)}`;
  for (;;) {
    const secret = await ask(isNew ? `New ${what}: ` : `${name}: `);
    if (secret === '') {
      process.stderr.write(`The ${what} must not be empty.\n`);
      continue;
    }
    if (!isNew || (await ask('Once more: ')) === secret) return secret;
    process.stderr.write('They differ. Try again.\n');
  }
}

/** Asks on stderr, without an echo: stdout belongs to the data. */
function ask(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  return new Promise((resolve, reject) => {
    line.question('', (answer) => {
      process.stderr.write('\n');
      resolve(answer);
      line.close();
    });
    line.on('SIGINT', () => {
      process.stderr.write('\n');
      line.close();
      reject(new Exit(ExitCode.interrupted));
    });
    line.on('close', () => reject(new Exit(ExitCode.interrupted)));
  });
}
