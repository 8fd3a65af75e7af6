// A sealed value as it stands in a database: `v1.<key id>.<Base64 of nonce, ciphertext, tag>`.

const FORM = /^v1\.([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.([A-Za-z\d+/]+={0,2})$/;

export function formatSealedText(keyId: string, sealed: Buffer): string {
  return `v1.${keyId}.${sealed.toString('base64')}`;
}

/** Undefined where `stored` has another form. */
export function parseSealedText(stored: string): { keyId: string; sealed: Buffer } | undefined {
  const [, keyId, base64] = FORM.exec(stored) ?? [];
  const sealed = base64 === undefined ? undefined : decodeStrictly(base64);
  return keyId && sealed ? { keyId, sealed } : undefined;
}

/** Base64 that decodes to the same bytes in two ways would be an edit that nobody notices. */
export function decodeStrictly(base64: string): Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? bytes : undefined;
}
