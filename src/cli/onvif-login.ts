// How commands come to an ONVIF device: its address, a user name, and a password that is never an argument.
import type { Command } from 'commander';
import { FluxError, OnvifDevice } from '../index.js';
import { seconds } from './options.js';
import { readSecret } from './passphrase.js';

export interface LoginOptions {
  username?: string;
  passwordFile?: string;
}

export interface OnvifLoginOptions extends LoginOptions {
  timeout?: number;
  insecure?: boolean;
}

export function withOnvifLogin(command: Command): Command {
  return command
    .option('--username <name>', 'user name at the camera; asks for the password')
    .option(
      '--password-file <file>',
      'file with the password (else FLUXVISION_CAMERA_PASSWORD, else a prompt)',
    )
    .option('--timeout <s>', 'for each request', seconds(0.1, 600), 5)
    .option('--insecure', 'with https://: accept any certificate');
}

/** `target`: a host, host:port or the URL of the device service. */
export async function connectOnvif(
  target: string,
  options: OnvifLoginOptions,
  signal?: AbortSignal,
): Promise<OnvifDevice> {
  const login =
    options.username === undefined
      ? {}
      : { username: options.username, password: await readCameraPassword(options) };
  return OnvifDevice.connect({
    ...(/^https?:\/\//i.test(target) ? { url: target } : { host: target }),
    ...login,
    timeoutMs: Math.round((options.timeout ?? 5) * 1000),
    ...(options.insecure && { tls: { rejectUnauthorized: false } }),
    ...(signal && { signal }),
  });
}

/** From the file, the environment or a person. */
export async function readCameraPassword(options: LoginOptions): Promise<string> {
  const password = await readSecret({
    what: 'password of the camera',
    option: '--password-file',
    file: options.passwordFile,
    variable: 'FLUXVISION_CAMERA_PASSWORD',
  });
  if (typeof password === 'string') return password;
  throw new FluxError('ERR_INVALID_ARGUMENT', '--password-file: the password must be text.');
}
