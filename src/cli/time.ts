// Times on the command line: ISO 8601 or milliseconds since 1970.
import { InvalidArgumentError } from 'commander';

const MILLISECONDS = /^\d{1,16}$/;
const ISO_8601 =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** UTC milliseconds. Without an offset a time is UTC, as everything that the command prints. */
export function parseTime(value: string): number {
  const at = MILLISECONDS.test(value) ? Number(value) : parseIso(value);
  if (at === undefined || !(at >= 0 && at <= 8.64e15)) {
    throw new InvalidArgumentError(
      'A time is ISO 8601 (2026-01-26T14:00:00Z; without an offset it is UTC) or milliseconds since 1970.',
    );
  }
  return at;
}

function parseIso(value: string): number | undefined {
  const match = ISO_8601.exec(value);
  if (!match) return undefined;
  const [, day = '', clock = '00:00', offset = 'Z'] = match;
  const utc = Date.parse(`${day}T${clock}Z`);
  // Date.parse turns 30 February into 2 March.
  if (Number.isNaN(utc) || !new Date(utc).toISOString().startsWith(day)) return undefined;
  return utc - offsetMs(offset);
}

function offsetMs(offset: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(offset);
  if (!match) return 0;
  const [, sign, hours, minutes] = match;
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? -ms : ms;
}

/** As the command prints times. */
export function formatTime(at: number): string {
  return new Date(at).toISOString();
}
