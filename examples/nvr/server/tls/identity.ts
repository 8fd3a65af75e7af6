// What the server shows when a browser connects: the certificate of the settings, or one of its own in
// <storage>/tls, made where there is none and renewed before it expires or where addresses are new.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { FluxError } from '@fluxvision/core';
import type { Config } from '../config/index.js';
import { type KeyPair, localNames, makeAuthority, makeCertificate } from './certificate.js';

/** A certificate in use. */
export interface TlsIdentity extends KeyPair {
  /** SHA-256, hexadecimal with colons. */
  fingerprint: string;
  subject: string;
  /** UTC milliseconds. */
  validTo: number;
  selfSigned: boolean;
  /** The server made it and renews it. */
  generated: boolean;
  /** Where the own authority's certificate lies: to be trusted once by browsers. */
  authorityFile?: string;
}

/** So long before the end a generated one is made anew. */
export const RENEW_MS = 30 * 24 * 3_600_000;

/** `ERR_CERTIFICATE` where files of the settings cannot be used. */
export async function openIdentity(config: Config): Promise<TlsIdentity> {
  const { certificate, key } = config.tls ?? {};
  if (certificate !== undefined && key !== undefined)
    return describe(readPair(certificate, key), false);
  const directory = join(config.storage, 'tls');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const files = { certificate: join(directory, 'server.crt'), key: join(directory, 'server.key') };
  const names = localNames(config.tls?.names);
  const byAuthority = config.tls?.generate === 'authority';
  const authorityFile = join(directory, 'authority.crt');
  const authority = byAuthority ? await openAuthority(directory, config.name) : undefined;
  let pair = existsSync(files.certificate) ? readPair(files.certificate, files.key) : undefined;
  if (!pair || !serves(pair, names, authority)) {
    pair = await makeCertificate(names, authority);
    await writePair(files, pair);
  }
  return { ...describe(pair, true), ...(byAuthority && { authorityFile }) };
}

/** For `https.createServer` and `setSecureContext`. */
export function tlsOptions({ key, certificate }: TlsIdentity) {
  return { key, cert: certificate, minVersion: 'TLSv1.2' as const };
}

async function openAuthority(directory: string, name = 'FluxVision'): Promise<KeyPair> {
  const files = {
    certificate: join(directory, 'authority.crt'),
    key: join(directory, 'authority.key'),
  };
  if (existsSync(files.certificate)) {
    const pair = readPair(files.certificate, files.key);
    if (endOf(leafOf(pair)) - Date.now() > RENEW_MS) return pair;
  }
  const pair = await makeAuthority(name);
  await writePair(files, pair);
  return pair;
}

/** Whether a generated certificate still does. */
function serves(pair: KeyPair, names: readonly string[], authority: KeyPair | undefined): boolean {
  const leaf = leafOf(pair);
  if (endOf(leaf) - Date.now() < RENEW_MS) return false;
  const signer = authority ? leafOf(authority) : leaf;
  if (!leaf.verify(signer.publicKey)) return false;
  return names.every((name) =>
    isIP(name) === 0 ? leaf.checkHost(name) !== undefined : leaf.checkIP(name) !== undefined,
  );
}

function readPair(certificateFile: string, keyFile: string): KeyPair {
  try {
    const pair = {
      certificate: readFileSync(certificateFile, 'utf8'),
      key: readFileSync(keyFile, 'utf8'),
    };
    // Where they are being renewed one of them may still be the old one.
    if (!leafOf(pair).checkPrivateKey(createPrivateKey(pair.key))) {
      throw new Error('the key is that of another certificate');
    }
    return pair;
  } catch (error) {
    throw new FluxError(
      'ERR_CERTIFICATE',
      `${certificateFile} and ${keyFile} cannot be used: ${(error as Error).message}. They are PEM files, of a certificate and of its key.`,
      { cause: error },
    );
  }
}

function describe(pair: KeyPair, generated: boolean): TlsIdentity {
  const leaf = leafOf(pair);
  return {
    ...pair,
    fingerprint: leaf.fingerprint256,
    subject: leaf.subject.split('\n').join(', '),
    validTo: endOf(leaf),
    selfSigned: leaf.verify(leaf.publicKey),
    generated,
  };
}

function leafOf({ certificate }: KeyPair): X509Certificate {
  return new X509Certificate(certificate);
}

function endOf(certificate: X509Certificate): number {
  return Date.parse(certificate.validTo);
}

/** Readable by the server alone, and never half written. */
async function writePair(
  files: { certificate: string; key: string },
  pair: KeyPair,
): Promise<void> {
  for (const part of ['key', 'certificate'] as const) {
    const half = `${files[part]}.new`;
    await writeFile(half, pair[part], { mode: 0o600 });
    await rename(half, files[part]);
  }
}
