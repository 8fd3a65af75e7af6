// A root in a PKCS#11 token (HSM, smart card): the secret is encrypted under an AES-256 key that the
// token made and does not give out. AES-GCM, because no token at hand has ARIA.
import { randomBytes } from 'node:crypto';
import type * as Pkcs11 from 'pkcs11js';
import { FluxError } from '../../errors.js';
import { native } from '../../native/index.js';
import type { RootKind } from './index.js';

export interface Pkcs11RootOptions {
  type: 'pkcs11';
  /** Path of the vendor's PKCS#11 library. Known from then on; needed again where it moved. */
  library?: string;
  /** The user PIN of the token. */
  pin: string;
  /** Label or serial number of the token; needed for a new root where there are several. */
  token?: string;
}

type Module = typeof Pkcs11;
type Token = { slot: Pkcs11.Handle; label: string; serial: string };

const KEY_LABEL = 'fluxvision root';
const IV_BYTES = 12;
const TAG_BITS = 128;
const SECRET_BYTES = 32;

/** What root.json keeps of a token. */
interface Pkcs11Parameters {
  library: string;
  tokenLabel: string;
  tokenSerial: string;
  /** CKA_ID of the key, hex. */
  keyId: string;
  /** Base64: IV, ciphertext, tag. */
  sealed: string;
}

export const pkcs11Root: RootKind<Pkcs11RootOptions> = {
  async create({ library, pin, token }) {
    if (!library) {
      throw new FluxError(
        'ERR_INVALID_ARGUMENT',
        'A new PKCS#11 root needs `library`: the path of the vendor’s PKCS#11 library.',
      );
    }
    const pkcs11 = await loadModule();
    const provider = open(pkcs11, library);
    const chosen = chooseToken(provider, library, token);
    return inSession(pkcs11, provider, chosen, pin, (session) => {
      const keyId = randomBytes(16);
      const key = provider.C_GenerateKey(session, { mechanism: pkcs11.CKM_AES_KEY_GEN }, [
        { type: pkcs11.CKA_CLASS, value: pkcs11.CKO_SECRET_KEY },
        { type: pkcs11.CKA_KEY_TYPE, value: pkcs11.CKK_AES },
        { type: pkcs11.CKA_VALUE_LEN, value: 32 },
        { type: pkcs11.CKA_TOKEN, value: true },
        { type: pkcs11.CKA_PRIVATE, value: true },
        { type: pkcs11.CKA_SENSITIVE, value: true },
        { type: pkcs11.CKA_EXTRACTABLE, value: false },
        { type: pkcs11.CKA_ENCRYPT, value: true },
        { type: pkcs11.CKA_DECRYPT, value: true },
        { type: pkcs11.CKA_LABEL, value: KEY_LABEL },
        { type: pkcs11.CKA_ID, value: keyId },
      ]);
      const iv = randomBytes(IV_BYTES);
      const secret = randomBytes(SECRET_BYTES);
      try {
        provider.C_EncryptInit(session, gcm(pkcs11, iv), key);
        const sealed = provider.C_Encrypt(session, secret, Buffer.alloc(SECRET_BYTES + 64));
        const parameters: Pkcs11Parameters = {
          library,
          tokenLabel: chosen.label,
          tokenSerial: chosen.serial,
          keyId: keyId.toString('hex'),
          sealed: Buffer.concat([iv, sealed]).toString('base64'),
        };
        return { secret: native.importKey(secret), parameters: { ...parameters } };
      } finally {
        secret.fill(0);
      }
    });
  },

  async unlock(stored, { library, pin }) {
    const parameters = stored as unknown as Pkcs11Parameters;
    const sealed = Buffer.from(String(parameters.sealed), 'base64');
    if (sealed.length !== IV_BYTES + SECRET_BYTES + TAG_BITS / 8) {
      throw new FluxError('ERR_KEY_ROOT', 'root.json has no sealed secret for the token.');
    }
    const pkcs11 = await loadModule();
    const path = library ?? parameters.library;
    const provider = open(pkcs11, path);
    const token = chooseToken(provider, path, parameters.tokenSerial);
    return inSession(pkcs11, provider, token, pin, (session) => {
      const key = findKey(pkcs11, provider, session, Buffer.from(parameters.keyId, 'hex'));
      provider.C_DecryptInit(session, gcm(pkcs11, sealed.subarray(0, IV_BYTES)), key);
      const room = Buffer.alloc(SECRET_BYTES + 64);
      try {
        const secret = provider.C_Decrypt(session, sealed.subarray(IV_BYTES), room);
        return native.importKey(secret);
      } finally {
        room.fill(0);
      }
    });
  },
};

/** pkcs11js is an optional peer: who has no token needs no compiler for it. */
async function loadModule(): Promise<Module> {
  try {
    const module = (await import('pkcs11js')) as unknown as { default?: Module } & Module;
    return module.default ?? module;
  } catch (error) {
    throw new FluxError(
      'ERR_PKCS11_UNAVAILABLE',
      'PKCS#11 roots need the package pkcs11js, which is not installed. Run: npm install pkcs11js',
      { cause: error },
    );
  }
}

/** Libraries stay initialised: C_Finalize would end the sessions of everyone in the process. */
const providers = new Map<string, Pkcs11.PKCS11>();

function open(pkcs11: Module, library: string): Pkcs11.PKCS11 {
  const known = providers.get(library);
  if (known) return known;
  const provider = new pkcs11.PKCS11();
  try {
    provider.load(library);
    try {
      provider.C_Initialize();
    } catch (error) {
      if (codeOf(error) !== pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED) throw error;
    }
  } catch (error) {
    throw new FluxError(
      'ERR_PKCS11_UNAVAILABLE',
      `The PKCS#11 library ${library} cannot be used: ${(error as Error).message}.`,
      { cause: error },
    );
  }
  providers.set(library, provider);
  return provider;
}

function chooseToken(provider: Pkcs11.PKCS11, library: string, wanted?: string): Token {
  const tokens = provider.C_GetSlotList(true).map((slot) => {
    const { label, serialNumber } = provider.C_GetTokenInfo(slot);
    return { slot, label: clean(label), serial: clean(serialNumber) };
  });
  const initialised = tokens.filter(({ label, serial }) => label !== '' || serial !== '');
  const fitting = initialised.filter(
    ({ label, serial }) => wanted === undefined || label === wanted || serial === wanted,
  );
  if (fitting.length === 1) return fitting[0] as Token;
  const names = initialised.map(({ label, serial }) => `'${label}' (${serial})`).join(', ');
  throw new FluxError(
    'ERR_PKCS11_UNAVAILABLE',
    fitting.length === 0
      ? `No token ${wanted === undefined ? '' : `'${wanted}' `}is in ${library}; there are: ${names || 'none'}. Insert it.`
      : `There are several tokens in ${library}: ${names}. Name one with \`token\`.`,
  );
}

function inSession<T>(
  pkcs11: Module,
  provider: Pkcs11.PKCS11,
  token: Token,
  pin: string,
  use: (session: Pkcs11.Handle) => T,
): T {
  try {
    const flags = pkcs11.CKF_SERIAL_SESSION | pkcs11.CKF_RW_SESSION;
    const session = provider.C_OpenSession(token.slot, flags);
    try {
      try {
        provider.C_Login(session, pkcs11.CKU_USER, pin);
      } catch (error) {
        if (codeOf(error) !== pkcs11.CKR_USER_ALREADY_LOGGED_IN) throw error;
      }
      return use(session);
    } finally {
      provider.C_CloseSession(session);
    }
  } catch (error) {
    if (error instanceof FluxError) throw error;
    throw new FluxError('ERR_ROOT_LOCKED', explain(pkcs11, token, error), { cause: error });
  }
}

function explain(pkcs11: Module, token: Token, error: unknown): string {
  const name = `token '${token.label}' (${token.serial})`;
  switch (codeOf(error)) {
    case pkcs11.CKR_PIN_INCORRECT:
    case pkcs11.CKR_PIN_INVALID:
    case pkcs11.CKR_PIN_LEN_RANGE:
      return `the PIN of ${name} is wrong; tokens lock themselves after a few wrong ones.`;
    case pkcs11.CKR_PIN_LOCKED:
      return `the PIN of ${name} is locked. Its security officer can set a new one.`;
    default:
      return `${name} refuses: ${error instanceof Error ? error.message : String(error)}.`;
  }
}

function findKey(
  pkcs11: Module,
  provider: Pkcs11.PKCS11,
  session: Pkcs11.Handle,
  keyId: Buffer,
): Pkcs11.Handle {
  provider.C_FindObjectsInit(session, [
    { type: pkcs11.CKA_CLASS, value: pkcs11.CKO_SECRET_KEY },
    { type: pkcs11.CKA_ID, value: keyId },
  ]);
  const [key] = provider.C_FindObjects(session, 1);
  provider.C_FindObjectsFinal(session);
  if (key) return key;
  throw new FluxError(
    'ERR_ROOT_LOCKED',
    `The token has no key ${keyId.toString('hex')} any more: it was deleted, or the token set up anew.`,
  );
}

function gcm(pkcs11: Module, iv: Buffer): Pkcs11.Mechanism {
  const parameter = {
    type: pkcs11.CK_PARAMS_AES_GCM_v240,
    iv,
    ivBits: IV_BYTES * 8,
    tagBits: TAG_BITS,
  };
  return { mechanism: pkcs11.CKM_AES_GCM, parameter };
}

function codeOf(error: unknown): number {
  return (error as Partial<Pkcs11.Pkcs11Error>)?.code ?? 0;
}

/** Fixed-width fields are padded with blanks, some vendors' with NUL. */
function clean(text: string): string {
  return text.replace(/[\s\0]+$/, '');
}
