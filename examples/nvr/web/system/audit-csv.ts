// The audit log as a file, and its filter as the server takes it.
import type { AuditRecord } from '../../protocol/index.js';
import { csvText } from '../format/csv.js';

export interface AuditPage {
  items: AuditRecord[];
  cursor?: string;
}

/** Rows of one file: what a spreadsheet opens without pain. */
export const MAX_DOWNLOADED = 100_000;

export interface AuditFilter {
  actor: string;
  action: string;
  /** As `<input type="datetime-local">` has it, in the browser's time zone. */
  from: string;
  to: string;
}

/** Empty members are left out. */
export function auditQuery({
  actor,
  action,
  from,
  to,
}: AuditFilter): Record<string, string | number> {
  const moment = (text: string) => new Date(text).getTime();
  return {
    ...(actor.trim() !== '' && { actor: actor.trim() }),
    ...(action.trim() !== '' && { action: action.trim() }),
    ...(Number.isFinite(moment(from)) && { from: moment(from) }),
    ...(Number.isFinite(moment(to)) && { to: moment(to) }),
  };
}

/** Times are UTC (ISO 8601), whoever reads it where. */
export function auditCsv(records: readonly AuditRecord[]): string {
  const head = ['sequence', 'time', 'actor', 'action', 'subject', 'outcome', 'detail'];
  const rows = records.map(({ sequence, at, actor, action, subject, outcome, detail }) => [
    sequence,
    new Date(at).toISOString(),
    ...[actor, action, subject, outcome, detail],
  ]);
  return csvText([head, ...rows]);
}
