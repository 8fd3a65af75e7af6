// Logs to test with, and files that a test may damage as an attacker could.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { AuditLog, type AuditLogOptions } from '../../../src/audit/index.js';
import { publicKeyInfo } from '../../../src/audit/p256.js';
import { temporaryDirectory } from '../temporary-directory.js';

export function toPem(publicKey: Uint8Array): string {
  const base64 = publicKeyInfo(publicKey).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`;
}

export function newPath(): string {
  return join(temporaryDirectory(), 'audit.db');
}

export async function openLog(options: AuditLogOptions): Promise<AuditLog> {
  const log = await AuditLog.open(options);
  onTestFinished(() => log.close());
  return log;
}

/** Appends entries whose actions are `step.1`, `step.2`, ... */
export function appendSteps(log: AuditLog, count: number): void {
  for (let step = 1; step <= count; step++) {
    log.append({
      actor: 'admin',
      action: `step.${step}`,
      subject: 'door',
      outcome: 'ok',
      detail: { step },
    });
  }
}

/** Works on the file as who can write to it could: with no fence in the way. */
export function tamper<T>(path: string, work: (database: Database.Database) => T): T {
  const database = new Database(path);
  try {
    const triggers = database
      .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'trigger'")
      .pluck()
      .all();
    for (const name of triggers) database.exec(`DROP TRIGGER ${name}`);
    return work(database);
  } finally {
    database.close();
  }
}
