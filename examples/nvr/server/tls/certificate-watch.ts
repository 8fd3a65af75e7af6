// The certificate in use: taken anew when its files were renewed, made anew before it ends where it is the
// server's own, and complained of where neither happened.
import { EventEmitter } from 'node:events';
import { isFluxError } from '@fluxvision/core';
import type { Logger } from 'pino';
import type { Config } from '../config/index.js';
import type { Troubles } from '../system/index.js';
import { openIdentity, RENEW_MS, type TlsIdentity } from './identity.js';

/** Events of {@link CertificateWatch}. */
export interface CertificateWatchEvents {
  /** Connections from now on are to see this one. */
  renewed: [identity: TlsIdentity];
}

const LOOK_MS = 3_600_000;
const WARNING_MS = 14 * 24 * 3_600_000;
/** Keys of troubles: the certificate's end, and files that cannot be used. */
const END = 'certificate';
const FILES = 'certificate-files';

export class CertificateWatch extends EventEmitter<CertificateWatchEvents> {
  #config: Config;
  readonly #troubles: Troubles;
  readonly #log: Logger;
  #identity: TlsIdentity;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    config: Config;
    identity: TlsIdentity;
    troubles: Troubles;
    log: Logger;
  }) {
    super();
    this.#config = options.config;
    this.#identity = options.identity;
    this.#troubles = options.troubles;
    this.#log = options.log;
  }

  get identity(): TlsIdentity {
    return this.#identity;
  }

  start(): void {
    this.#warn();
    this.#timer = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Reads the files again, those of `config` where that was read anew, or makes another certificate where that is due. Where they cannot be used
   * the one in use stays, and that is told as a trouble. Never rejects.
   */
  async reload(config = this.#config): Promise<void> {
    this.#config = config;
    try {
      const next = await openIdentity(this.#config);
      this.#troubles.clear(FILES);
      const { certificate, key } = this.#identity;
      if (next.certificate !== certificate || next.key !== key) this.#use(next);
    } catch (error) {
      this.#log.error({ err: error }, 'certificate');
      const code = isFluxError(error) ? error.code : 'ERR_CERTIFICATE';
      this.#troubles.fail(FILES, { code, message: (error as Error).message });
    }
    this.#warn();
  }

  #use(identity: TlsIdentity): void {
    this.#identity = identity;
    const { fingerprint, validTo } = identity;
    this.#log.info({ fingerprint, validTo: new Date(validTo) }, 'certificate renewed');
    this.emit('renewed', identity);
  }

  /** An own one stays as long as it is good: whoever has accepted it would have to do so again. */
  async #look(): Promise<void> {
    const { generated, validTo } = this.#identity;
    if (!generated || validTo - Date.now() < RENEW_MS) await this.reload();
    else this.#warn();
  }

  #warn(): void {
    const { validTo, generated } = this.#identity;
    const left = validTo - Date.now();
    if (left >= WARNING_MS) {
      this.#troubles.clear(END);
      return;
    }
    const advice = generated
      ? 'Restart the server: it makes another one.'
      : 'Put a new one in its place: the server takes it within an hour, or at once where it is told to (systemctl reload).';
    const end = new Date(validTo).toISOString().slice(0, 10);
    const expired = left <= 0;
    const message = `The server's certificate ${expired ? 'expired' : 'expires'} on ${end}. ${advice}`;
    const isNew = this.#troubles.raise(END, {
      ...{ code: expired ? 'CERTIFICATE_EXPIRED' : 'CERTIFICATE_EXPIRES', message },
      severity: expired ? 'error' : 'warning',
    });
    // The log is there where no browser comes in any more.
    if (isNew) this.#log[expired ? 'error' : 'warn'](message);
  }
}
