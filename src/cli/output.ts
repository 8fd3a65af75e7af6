// Data goes to stdout, as a table or as JSON; everything else goes to stderr.
import Table from 'cli-table3';

export type Cell = string | number;

/** Prints a table without lines, as `ls -l` and `docker ps` do; without a head too. */
export function printTable(head: string[], rows: Cell[][], rightAligned: number[] = []): void {
  const columns = rows[0]?.length ?? head.length;
  const table = new Table({
    head,
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colAligns: Array.from({ length: columns }, (_, column) =>
      rightAligned.includes(column) ? 'right' : 'left',
    ),
  });
  table.push(...rows);
  const lines = table.toString().split('\n');
  printLine(lines.map((line) => line.trimEnd()).join('\n'));
}

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON document. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value, undefined, 2));
}

/** One object per line, for streams of events. */
export function printJsonLine(value: unknown): void {
  printLine(JSON.stringify(value));
}

/** For people: what happens, on stderr. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** 1536 as `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** 90500 ms as `1m 30.5s`. */
export function formatDuration(ms: number): string {
  const total = ms / 1000;
  if (total < 60) return `${total.toFixed(1)}s`;
  const minutes = Math.floor(total / 60);
  if (minutes < 60) return `${minutes}m ${(total % 60).toFixed(1)}s`;
  return `${Math.floor(minutes / 60)}h ${minutes % 60}m ${Math.floor(total % 60)}s`;
}
