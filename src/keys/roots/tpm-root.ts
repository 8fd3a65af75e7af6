// A root in the machine's TPM 2.0: the secret is sealed to it, and to PCRs where asked.
import { FluxError } from '../../errors.js';
import { native } from '../../native/index.js';
import type { RootKind } from './index.js';

export interface TpmRootOptions {
  type: 'tpm2';
  /** TCTI as tpm2-tools take it; by default the kernel's resource manager, /dev/tpmrm0. */
  tcti?: string;
  /**
   * PCRs (SHA-256 bank) that must stay as they are for the root to open: 7 for the state of Secure
   * Boot. Counts for a new root only. Default: none, bound to the TPM alone.
   */
  pcrs?: readonly number[];
}

export const tpmRoot: RootKind<TpmRootOptions> = {
  async create({ tcti = '', pcrs = [] }) {
    const chosen = [...new Set(pcrs)].sort((a, b) => a - b);
    const secret = native.generateKey();
    const sealed = await native.sealToTpm({ tcti, pcrs: chosen }, secret);
    return {
      secret,
      parameters: {
        pcrs: chosen,
        publicArea: sealed.publicArea.toString('base64'),
        privateArea: sealed.privateArea.toString('base64'),
      },
    };
  },

  async unlock(parameters, { tcti = '' }) {
    const { pcrs, publicArea, privateArea } = parameters;
    if (
      !Array.isArray(pcrs) ||
      !pcrs.every((pcr) => Number.isInteger(pcr)) ||
      typeof publicArea !== 'string' ||
      typeof privateArea !== 'string'
    ) {
      throw new FluxError('ERR_KEY_ROOT', 'root.json has no sealed secret for the TPM.');
    }
    return native.unsealFromTpm(
      { tcti, pcrs: pcrs as number[] },
      {
        publicArea: Buffer.from(publicArea, 'base64'),
        privateArea: Buffer.from(privateArea, 'base64'),
      },
    );
  },
};
