// A key sealed to a TPM 2.0 and the state it measured.
import type { NativeKey } from './keys.js';

export interface NativeTpmOptions {
  tcti: string;
  /** SHA-256 bank, 0 to 23, ascending. */
  pcrs: number[];
}

export interface NativeTpmSealed {
  publicArea: Buffer;
  privateArea: Buffer;
}

export interface TpmExports {
  /** Throws ERR_TPM_UNAVAILABLE. An empty tcti is the kernel's resource manager. */
  inspectTpm(options: NativeTpmOptions): Promise<{ manufacturer: string; firmware: string }>;
  sealToTpm(options: NativeTpmOptions, key: NativeKey): Promise<NativeTpmSealed>;
  /** Throws ERR_ROOT_LOCKED, ERR_TPM_UNAVAILABLE. */
  unsealFromTpm(options: NativeTpmOptions, sealed: NativeTpmSealed): Promise<NativeKey>;
}
