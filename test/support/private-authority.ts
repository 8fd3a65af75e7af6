// A certificate authority of one's own, and a server's certificate that it signed, made by openssl.
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PrivateAuthority {
  /** PEM of the authority. */
  ca: string;
  /** The server's certificate and key, PEM. */
  cert: string;
  key: string;
  /** The file that holds both. */
  pem: string;
  /** Of the server's certificate. */
  fingerprint: string;
}

/** `names` is the server's subjectAltName; files are made in `folder`. */
export function privateAuthority(folder: string, names = 'IP:127.0.0.1'): PrivateAuthority {
  const at = (name: string) => join(folder, name);
  const make = (name: string, subject: string, ...more: string[]) =>
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...['-days', '2', '-subj', subject],
        ...['-keyout', at(`${name}.key`), '-out', at(`${name}.crt`), ...more],
      ],
      { stdio: 'ignore' },
    );
  make('authority', '/CN=authority of the house', '-addext', 'keyUsage=critical,keyCertSign');
  make(
    ...([
      'camera',
      '/CN=camera',
      '-CA',
      at('authority.crt'),
      '-CAkey',
      at('authority.key'),
    ] as const),
    ...['-addext', `subjectAltName=${names}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
  );
  const read = (name: string) => readFileSync(at(name), 'latin1');
  const [ca, cert, key] = [read('authority.crt'), read('camera.crt'), read('camera.key')];
  const pem = at('camera.pem');
  writeFileSync(pem, key + cert);
  return { ca, cert, key, pem, fingerprint: new X509Certificate(cert).fingerprint256 };
}
