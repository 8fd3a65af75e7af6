// The audit log of a key store: <directory>/audit.db, signed with the store's own key.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AUDIT_FILE, AuditLog, type AuditSigner } from '../audit/index.js';
import { FluxError, isFluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import { type NativeKey, native } from '../native.js';
import type { RootType } from './root-record.js';

/**
 * The log, or why there is none: a damaged log must not keep a recorder from recording. The log is
 * handed over to `newest` from one of `older()`, asked for only then, where a crash fell between the
 * making of that key and its introduction.
 */
export async function openAudit(
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

export function signerOf(key: NativeKey): AuditSigner {
  return {
    publicKey: native.p256PublicKey(key),
    sign: (message) => native.signP256(key, message),
  };
}

/** For the log: the code, and nothing that a message may hold. */
export function codeOf(error: unknown): string {
  return isFluxError(error) ? error.code : String((error as Error)?.message ?? error);
}
