// The audit log of a key store: <directory>/audit.db, signed with the store's own key. What must leave
// an entry is done through it, so that nothing is done where no entry can be written.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AUDIT_FILE, AuditLog, type AuditOutcome, type AuditSigner } from '../audit/index.js';
import { FluxError, isFluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import { type NativeKey, native } from '../native/index.js';
import type { DataKeys, KeyHandle } from './data-keys.js';
import type { RootType } from './root-record.js';

/** What an entry says beside who did it, and what was done. */
export interface Told {
  subject?: string;
  detail?: Record<string, unknown>;
}

/**
 * There is no way to add an entry for something that was done: either {@link record} does it between
 * making sure of the log and writing the entry, or {@link announce} writes the entry first.
 */
export class KeyAudit {
  readonly #log: AuditLog | FluxError;
  readonly #actor: string;
  readonly #keys: DataKeys;

  private constructor(log: AuditLog | FluxError, actor: string, keys: DataKeys) {
    this.#log = log;
    this.#actor = actor;
    this.#keys = keys;
  }

  /** Warns where the log does not open: a damaged log must not keep a recorder from recording. */
  static async open(directory: string, actor: string, keys: DataKeys): Promise<KeyAudit> {
    const newest = keys.ofCounter('audit').key;
    const log = await openAudit(directory, newest, () => keys.retiredAuditKeys());
    return new KeyAudit(log, actor, keys);
  }

  /** Throws what kept the log from opening. */
  get log(): AuditLog {
    if (this.#log instanceof FluxError) throw this.#log;
    return this.#log;
  }

  /** Does `work`, and writes what `tell` says about its result; nothing where the log refuses. */
  record<T>(action: string, work: () => T, tell: (result: T) => Told): T {
    return this.recordOf(undefined, action, work, tell);
  }

  /** {@link record} for what `actor` does: a user of the application, for example. */
  recordOf<T>(
    actor: string | undefined,
    action: string,
    work: () => T,
    tell: (result: T) => Told,
  ): T {
    this.#require();
    const result = work();
    this.#append(action, 'ok', tell(result), actor);
    return result;
  }

  /** Writes down what `actor` tried and nothing could keep from happening: a login that was refused. */
  note(actor: string, action: string, outcome: AuditOutcome, told: Told): void {
    this.#append(action, outcome, told, actor);
  }

  /** {@link record} for work that takes time. Its result is handed over after the entry is written. */
  async recordAsync<T>(
    action: string,
    work: () => Promise<T>,
    tell: (result: T) => Told,
  ): Promise<T> {
    this.#require();
    const result = await work();
    this.#append(action, 'ok', tell(result));
    return result;
  }

  /** Writes the entry of what is about to be done. */
  announce(action: string, told: Told = {}): void {
    this.#append(action, 'ok', told);
  }

  /** Writes down a refusal too: where `work` fails. Where it succeeds it is up to the caller. */
  async orDenied<T>(action: string, subject: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#append(action, 'denied', { subject, detail: { error: codeOf(error) } });
      throw error;
    }
  }

  /** That the store was opened; a store without a log opens all the same. */
  announceOpening(root: RootType): void {
    if (this.#log instanceof AuditLog) this.announce('store.open', { detail: { root } });
  }

  /** Who acts. */
  get actor(): string {
    return this.#actor;
  }

  /** The key that signs the log, for something else that this store vouches for. */
  signer(): AuditSigner {
    return signerOf(this.#keys.ofCounter('audit').key);
  }

  /** A new signing key, which the old one introduces. */
  rotateKey(): KeyHandle {
    // First of all: it takes up what another process may have changed.
    this.announce('key.rotate', { detail: { purpose: 'audit' } });
    const made = this.#keys.rotate('audit', '', undefined);
    this.log.changeKey(signerOf(made.key));
    return made;
  }

  async close(): Promise<void> {
    if (this.#log instanceof AuditLog) await this.#log.close();
  }

  /** Takes up the end of the log, which fails where the next entry would: it is gone, or altered. */
  #require(): void {
    this.#following((log) => log.checkpoint());
  }

  #append(action: string, outcome: AuditOutcome, told: Told, actor = this.#actor): void {
    const { subject = '', detail = {} } = told;
    this.#following((log) => log.append({ actor, action, subject, outcome, detail }));
  }

  #following(use: (log: AuditLog) => unknown): void {
    const log = this.log;
    try {
      use(log);
    } catch (error) {
      if (!isFluxError(error, 'ERR_AUDIT_KEY')) throw error;
      // Another process rotated the signing key.
      log.followKey(signerOf(this.#keys.ofCounter('audit').key));
      use(log);
    }
  }
}

/**
 * The log, or why there is none. It is handed over to `newest` from one of `older()`, asked for only
 * then, where a crash fell between the making of that key and its introduction.
 */
async function openAudit(
  directory: string,
  newest?: NativeKey,
  older: () => readonly NativeKey[] = () => [],
): Promise<AuditLog | FluxError> {
  const path = auditPath(directory);
  try {
    if (!newest) return await AuditLog.open({ path });
    const signer = signerOf(newest);
    try {
      return await AuditLog.open({ path, signer });
    } catch (error) {
      if (!isFluxError(error, 'ERR_AUDIT_KEY')) throw error;
      const log = await openWithAny(path, older().map(signerOf));
      if (!log) throw error;
      log.changeKey(signer);
      return log;
    }
  } catch (error) {
    const failure = asFluxError(error, 'ERR_AUDIT', path);
    process.emitWarning(`The audit log does not open: ${failure.message}`, {
      type: 'FluxWarning',
      code: failure.code,
    });
    return failure;
  }
}

async function openWithAny(
  path: string,
  signers: readonly AuditSigner[],
): Promise<AuditLog | undefined> {
  for (const signer of signers) {
    try {
      return await AuditLog.open({ path, signer });
    } catch (error) {
      if (!isFluxError(error, 'ERR_AUDIT_KEY')) throw error;
    }
  }
  return undefined;
}

function auditPath(directory: string): string {
  return join(directory, AUDIT_FILE);
}

/** An attempt that failed is in the log too, unsigned until someone opens the store. */
export async function logDenied(directory: string, actor: string, root: RootType, cause: unknown) {
  if (!existsSync(auditPath(directory))) return;
  const log = await openAudit(directory);
  if (log instanceof FluxError) return;
  try {
    const detail = { root, error: codeOf(cause) };
    log.append({ actor, action: 'store.open', outcome: 'denied', detail });
  } catch {
    // The attempt was refused; that it could not be written down changes nothing about it.
  } finally {
    await log.close();
  }
}

function signerOf(key: NativeKey): AuditSigner {
  return {
    publicKey: native.p256PublicKey(key),
    sign: (message) => native.signP256(key, message),
  };
}

/** For the log: the code, and nothing that a message may hold. */
function codeOf(error: unknown): string {
  return isFluxError(error) ? error.code : String((error as Error)?.message ?? error);
}
