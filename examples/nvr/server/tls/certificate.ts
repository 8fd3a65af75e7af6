// Certificates that the server makes for itself: ECDSA P-256, self-signed or by an authority of its own.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import * as x509 from '@peculiar/x509';

/** PEM texts. */
export interface KeyPair {
  certificate: string;
  key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 3_600_000;
/** Browsers take no longer from an authority. */
const SERVER_DAYS = 397;
const AUTHORITY_DAYS = 3650;

/** An authority that signs this server's certificates, and nothing but servers'. */
export async function makeAuthority(name: string): Promise<KeyPair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...common(`${plain(name)} Authority`, AUTHORITY_DAYS),
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
}

/** A certificate for `names`; signed by `authority`, or by itself. */
export async function makeCertificate(
  names: readonly string[],
  authority?: KeyPair,
): Promise<KeyPair> {
  const keys = await generateKeys();
  const extensions = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(
      names.map((name) => ({
        type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const),
        value: name,
      })),
    ),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
  ];
  const subject = common(plain(names[0] ?? 'fluxvision'), SERVER_DAYS);
  if (!authority) {
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      ...subject,
      keys,
      extensions,
    });
    return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
  }
  const issuer = new x509.X509Certificate(authority.certificate);
  const { name: issuerName, ...rest } = subject;
  const certificate = await x509.X509CertificateGenerator.create({
    ...rest,
    subject: issuerName,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await privateKeyOf(authority.key),
    extensions: [
      ...extensions,
      await x509.AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export()),
    ],
  });
  return {
    certificate: `${certificate.toString('pem')}\n${authority.certificate}`,
    key: await pemOf(keys.privateKey),
  };
}

/** The names and addresses by which this machine is reached. */
export function localNames(further: readonly string[] = []): string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    // A zone means something on this machine alone.
    .filter(({ address }) => !address.startsWith('fe80:'))
    .map(({ address }) => address);
  const host = hostname().toLowerCase();
  const names = /^[a-z0-9.-]+$/.test(host)
    ? [host, ...(host.includes('.') ? [] : [`${host}.local`])]
    : [];
  return [...new Set([...names, 'localhost', ...further, ...addresses, '127.0.0.1', '::1'])];
}

function common(name: string, days: number) {
  const now = Date.now();
  return {
    name: `CN=${name}, O=FluxVision`,
    serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(16))).toString('hex'),
    // Clocks of browsers may be a little behind.
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + days * DAY_MS),
    signingAlgorithm: ALGORITHM,
  };
}

/** Without what has a meaning in a distinguished name. */
function plain(name: string): string {
  return name.replace(/[^\p{L}\p{N} .-]/gu, '').slice(0, 50) || 'fluxvision';
}

function generateKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, [
    'sign',
    'verify',
  ]) as Promise<CryptoKeyPair>;
}

async function pemOf(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

async function privateKeyOf(pem: string): Promise<CryptoKey> {
  const [bytes] = x509.PemConverter.decode(pem);
  return webcrypto.subtle.importKey('pkcs8', bytes as ArrayBuffer, ALGORITHM, false, ['sign']);
}
