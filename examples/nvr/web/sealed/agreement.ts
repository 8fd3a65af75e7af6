// A connection's key, as the server's SessionKey agrees on it (docs/sessions.md): ECDH P-256, HKDF-SHA-256
// over both public keys, then a key for each direction. Private key and shared secret stay in WebCrypto.

const LABEL = 'fluxvision/session/v1\0';
const DOWN = 'server to client';
const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const;

/** This side of one agreement. */
export class Agreement {
  private constructor(
    private readonly privateKey: CryptoKey,
    /** 65 bytes: 04, X, Y (SEC 1). */
    readonly publicKey: Uint8Array<ArrayBuffer>,
  ) {}

  static async begin(): Promise<Agreement> {
    const { subtle } = crypto;
    const pair = await subtle.generateKey(CURVE, false, ['deriveKey']);
    return new Agreement(
      pair.privateKey,
      new Uint8Array(await subtle.exportKey('raw', pair.publicKey)),
    );
  }

  /**
   * The key that opens what the server seals: 32 bytes, the one secret that leaves WebCrypto, which knows
   * no ARIA. Rejects where `serverPublicKey` is no point of the curve.
   */
  async agree(serverPublicKey: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const { subtle } = crypto;
    const peer = await subtle.importKey('raw', serverPublicKey, CURVE, false, []);
    const shared = await subtle.deriveKey(
      { name: 'ECDH', public: peer },
      this.privateKey,
      'HKDF',
      false,
      ['deriveKey'],
    );
    const agreed = await subtle.deriveKey(
      {
        name: 'HKDF',
        hash: 'SHA-256',
        salt: new Uint8Array(),
        info: joined(bytesOf(LABEL), this.publicKey, serverPublicKey),
      },
      shared,
      { name: 'HMAC', hash: 'SHA-256', length: 256 },
      false,
      ['sign'],
    );
    // HKDF-Expand alone (RFC 5869 §2.3), of one block.
    const first = joined(bytesOf(DOWN), Uint8Array.of(1));
    return new Uint8Array(await subtle.sign('HMAC', agreed, first));
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
