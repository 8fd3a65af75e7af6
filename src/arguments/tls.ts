// What of TLS a camera may need, in node:tls's own words: they often carry certificates that they
// signed themselves, or that an authority of the house did.
import { X509Certificate } from 'node:crypto';
import { type Check, checkOptions, invalidArgument, optional } from './check.js';
import { flag, text } from './values.js';

/** Whom a TLS client believes; names and meanings are those of `tls.connect()` of Node.js. */
export interface TlsOptions {
  /**
   * Certificates of the authorities that are believed in place of the system's: PEM, one or several
   * in each. A certificate that a camera signed itself may stand here too.
   */
  ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** False accepts any certificate: who sits between can read and alter everything. Default true. */
  rejectUnauthorized?: boolean;
  /** The name that the certificate must be for. Default: the host of the URL. */
  servername?: string;
}

/** As {@link TlsOptions}, with the certificates as one text. */
export interface CheckedTls {
  ca?: string;
  rejectUnauthorized: boolean;
  servername?: string;
}

/** All authorities of a large system are a quarter of it. */
const MAX_PEM = 1024 * 1024;
const BLOCK = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END [A-Z0-9 ]+-----/g;
const EXPECTED = 'PEM with one or more blocks of -----BEGIN CERTIFICATE-----';

/** Certificates as one PEM text. */
export const certificates: Check<string> = (name, value) => {
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = parts.map((part) => {
    // Not shown in the error: a key may have been given in its place.
    if (typeof part !== 'string' && !(part instanceof Uint8Array)) {
      throw invalidArgument(name, 'PEM, as a string or bytes, or an array of those', part);
    }
    return Buffer.from(part as string).toString('latin1');
  });
  const blocks = texts.flatMap((pem) => {
    const found = pem.length > MAX_PEM ? [] : (pem.match(BLOCK) ?? []);
    if (found.length === 0) {
      const bytes = `${pem.length} bytes without one`;
      throw invalidArgument(name, `${EXPECTED}, at most 1 MiB`, bytes);
    }
    return found;
  });
  if (blocks.length === 0) throw invalidArgument(name, EXPECTED, 'an empty array');
  for (const [index, block] of blocks.entries()) {
    try {
      new X509Certificate(block);
    } catch {
      throw invalidArgument(name, `${EXPECTED} that can be read`, `block ${index + 1}, damaged`);
    }
  }
  return `${blocks.join('\n')}\n`;
};

/** The checks of {@link TlsOptions}, for {@link checkOptions}. */
export const tlsChecks = {
  ca: optional(certificates),
  rejectUnauthorized: optional(flag),
  servername: optional(text(1, 253)),
};

/** Undefined where no `tls` is given. */
export const tlsOptions: Check<CheckedTls | undefined> = (name, value) => {
  if (value === undefined) return undefined;
  return completeTls(checkOptions(name, value, tlsChecks));
};

export function completeTls(checked: {
  ca: string | undefined;
  rejectUnauthorized: boolean | undefined;
  servername: string | undefined;
}): CheckedTls {
  const { ca, rejectUnauthorized = true, servername } = checked;
  return {
    rejectUnauthorized,
    ...(ca !== undefined && { ca }),
    ...(servername !== undefined && { servername }),
  };
}
