// fluxvision audit: who did what, and is the log of it whole? Needs no passphrase.
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type AuditEntry,
  AuditLog,
  type AuditVerification,
  auditLogPath,
  keyId,
} from '../../audit/index.js';
import { FluxError } from '../../errors.js';
import { Exit, ExitCode } from '../exit-codes.js';
import { wholeNumber, withJson, withStorage } from '../options.js';
import { printLine, printTable, say } from '../output.js';
import { makeSafe } from '../safe-text.js';
import { supervised } from '../supervised.js';
import { formatTime, parseTime } from '../time.js';

interface ListOptions {
  storage: string;
  from?: number;
  to?: number;
  action?: string;
  actor?: string;
  limit: number;
  json?: boolean;
}

interface VerifyOptions {
  storage: string;
  checkpoint?: string;
  publicKey?: Uint8Array;
  json?: boolean;
}

export function addAudit(program: Command): void {
  const audit = program.command('audit').description('look at the audit log of a storage');
  withJson(
    withStorage(audit.command('list').description('list entries, oldest first'))
      .option('--from <time>', 'only entries at or after this time', parseTime)
      .option('--to <time>', 'only entries before this time', parseTime)
      .option('--action <action>', 'only this action')
      .option('--actor <actor>', 'only what this actor did')
      .option('--limit <n>', 'the newest so many', wholeNumber(1, 1_000_000), 1000),
  ).action(list);
  withJson(
    withStorage(
      audit
        .command('verify')
        .description('check every entry and signature; exit 1 unless the log is whole and signed'),
    )
      .option('--checkpoint <file>', 'checkpoint that was kept elsewhere')
      .option(
        '--public-key <key>',
        'key that shall have signed: a file (PEM or hex), or hex',
        parseKey,
      ),
  ).action(verify);
  withJson(
    withStorage(
      audit
        .command('checkpoint')
        .description('print the newest signed checkpoint, to be kept on another machine'),
    ),
  ).action(printCheckpoint);
}

async function list(options: ListOptions): Promise<void> {
  const log = await openLog(options.storage);
  try {
    const { storage: _, json, ...query } = options;
    const entries = log.list({ ...query, first: 'newest' }).reverse();
    if (json) {
      printSafeJson(entries);
    } else if (entries.length === 0) {
      say('There are no entries.');
    } else {
      printTable(
        ['SEQ', 'TIME', 'ACTOR', 'ACTION', 'SUBJECT', 'OUTCOME', 'DETAIL'],
        entries.map(toCells),
        [0],
      );
      if (entries.length === options.limit) {
        say(`These are the newest ${options.limit}; --limit, --from and --to show others.`);
      }
    }
  } finally {
    await log.close();
  }
}

async function verify(options: VerifyOptions): Promise<void> {
  const checkpoint = options.checkpoint === undefined ? undefined : readText(options.checkpoint);
  const log = await openLog(options.storage);
  try {
    const report = await supervised('Verifying', ({ signal, update }) =>
      log.verify({
        ...(checkpoint !== undefined && { checkpoint }),
        ...(options.publicKey && { publicKey: options.publicKey }),
        signal,
        onProgress: ({ done, total }) => update(done, total),
      }),
    );
    if (options.json) printSafeJson(report);
    else printReport(report, log.path, checkpoint !== undefined);
    if (!report.ok) throw new Exit(ExitCode.failed);
  } finally {
    await log.close();
  }
}

async function printCheckpoint(options: { storage: string; json?: boolean }): Promise<void> {
  const log = await openLog(options.storage);
  try {
    const checkpoint = log.checkpoint();
    if (checkpoint === undefined) {
      throw new FluxError(
        'ERR_AUDIT_NOT_FOUND',
        `${log.path} has no signed checkpoint: nobody opened it with its key yet.`,
      );
    }
    if (options.json) printSafeJson({ logId: log.id, checkpoint });
    else printLine(makeSafe(checkpoint.trimEnd(), '\n'));
  } finally {
    await log.close();
  }
}

function printReport(report: AuditVerification, path: string, anchored: boolean): void {
  const { entries, adoptedEntries, firstBad, publicKey, timeReversals } = report;
  if (firstBad) {
    const { seq, until, reason, message } = firstBad;
    const where = seq === until ? `Entry ${seq}` : `Entries ${seq} to ${until}`;
    printLine(`${where}: ${reason}. ${makeSafe(message)}`);
    printLine(`${report.signedEntries} of ${entries} entries are as they were written and signed.`);
    if (reason !== 'unsigned') {
      printLine(
        `Keep ${path} (with -wal and -shm) as evidence before anything else opens it, and compare ` +
          'it with a backup and with checkpoints that were kept elsewhere.',
      );
    }
  } else {
    printLine(`${entries} entries: all as they were written, and signed.`);
  }
  if (adoptedEntries > 0) {
    printLine(`Written without the key, and signed later as found: ${adoptedEntries}.`);
  }
  if (timeReversals > 0)
    printLine(
      `Entries that are earlier than the one before: ${timeReversals}. A clock was set back.`,
    );
  if (publicKey) {
    printLine(`Signed by ${publicKey}`);
    printLine(`Fingerprint of that key: ${keyId(Buffer.from(publicKey, 'hex')).toString('hex')}`);
  }
  if (report.ok && !report.trusted) {
    say('That key is the one which the log itself names; --public-key checks it against yours.');
  }
  if (report.ok && !anchored) {
    say('Whether the whole log was put back to an older state, only --checkpoint can tell.');
  }
}

function openLog(storage: string): Promise<AuditLog> {
  return AuditLog.open({ path: auditLogPath(storage), readOnly: true });
}

function toCells(entry: AuditEntry): (string | number)[] {
  return [
    entry.seq,
    showTime(entry.time),
    makeSafe(entry.actor),
    makeSafe(entry.action),
    makeSafe(entry.subject ?? ''),
    makeSafe(entry.outcome),
    entry.detail ? makeSafe(JSON.stringify(entry.detail)) : '',
  ];
}

/** Times as they are in the file, where that may have been altered. */
function showTime(time: number): string {
  return Number.isInteger(time) && Math.abs(time) <= 8.64e15 ? formatTime(time) : String(time);
}

/** As printJson(); the escapes are JSON's own, so that nothing is lost. */
function printSafeJson(value: unknown): void {
  printLine(makeSafe(JSON.stringify(value, undefined, 2), '\n'));
}

/** A file's text; line ends and blank lines at its ends may have changed on the way. */
function readText(path: string): string {
  try {
    return `${readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trim()}\n`;
  } catch (error) {
    throw new FluxError('ERR_NOT_FOUND', `--checkpoint: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

const POINT = /^04[\da-f]{128}$/i;
const PEM = /^-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----$/;

/** The point at the end of a P-256 key in PEM, or in hex. */
function parseKey(value: string): Uint8Array {
  if (POINT.test(value)) return Buffer.from(value, 'hex');
  let content: string;
  try {
    content = readFileSync(value, 'utf8').trim();
  } catch {
    throw new InvalidArgumentError(
      'It must be 130 hex digits (04, X, Y), or a file with them or a PEM.',
    );
  }
  if (POINT.test(content)) return Buffer.from(content, 'hex');
  const info = Buffer.from(PEM.exec(content)?.[1] ?? '', 'base64');
  const point = info.subarray(-65);
  if (info.length === 91 && point[0] === 4) return point;
  throw new InvalidArgumentError(`${value} holds no P-256 public key, neither as PEM nor as hex.`);
}
