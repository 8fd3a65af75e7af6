// The server's log: lines of JSON on standard output, and the newest of them in memory for the interface.
// No line holds credentials: they are struck out where they would enter.
import pino, { type Logger } from 'pino';
import type { LogLine } from '../protocol/index.js';

const CAPACITY = 2000;
const MAX_LINE = 8192;
const SECRET_HEADERS = ['authorization', 'cookie', 'x-nvr-auth', 'set-cookie'];
const SECRETS = [
  'password',
  'current',
  'next',
  'passphrase',
  'token',
  'sessionToken',
  'key',
  'apiKey',
];

/** Where lines go; standard output by default. */
export interface LogTarget {
  write(line: string): unknown;
}

/** The newest lines. */
export class LogRing {
  readonly #lines: LogLine[] = [];
  #next = 0;

  add(line: LogLine): void {
    this.#lines[this.#next % CAPACITY] = line;
    this.#next++;
  }

  /** Newest first; `level` and those above it. */
  list(level: string, limit: number): LogLine[] {
    const lowest = pino.levels.values[level] ?? 0;
    const found: LogLine[] = [];
    const oldest = Math.max(0, this.#next - CAPACITY);
    for (let at = this.#next - 1; at >= oldest && found.length < limit; at--) {
      const line = this.#lines[at % CAPACITY] as LogLine;
      if ((pino.levels.values[line.level] ?? 0) >= lowest) found.push(line);
    }
    return found;
  }
}

/** A logger, and the ring that it fills. */
export function openLog(
  level: string,
  target: LogTarget = process.stdout,
): { log: Logger; ring: LogRing } {
  const ring = new LogRing();
  const stream = {
    write(line: string) {
      const clean = withoutCredentials(line);
      target.write(clean);
      remember(ring, clean);
    },
  };
  const log = pino(
    {
      level,
      base: undefined,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: [
          ...SECRET_HEADERS.flatMap((name) => [`headers["${name}"]`, `*.headers["${name}"]`]),
          ...SECRETS.flatMap((name) => [name, `*.${name}`]),
        ],
        censor: '***',
      },
    },
    stream,
  );
  return { log, ring };
}

/** Strikes out `user:password@` of addresses, session tokens and API keys. */
export function withoutCredentials(text: string): string {
  return text
    .replace(/([a-z][a-z\d+.-]*:\/\/)[^\s/"'@]*@/gi, '$1***@')
    .replace(/fvk_[a-z0-9]{16}_[\w-]+/g, 'fvk_***')
    .replace(/fvt1\.[\w.-]+/g, 'fvt1.***');
}

function remember(ring: LogRing, line: string): void {
  if (line.length > MAX_LINE) return;
  try {
    const { time, level, msg = '', ...detail } = JSON.parse(line) as Record<string, unknown>;
    // Stacks name files of this machine.
    const err = detail.err as { stack?: string } | undefined;
    if (err) delete err.stack;
    ring.add({
      at: Number(time),
      level: String(level),
      message: String(msg),
      ...(Object.keys(detail).length > 0 && { detail }),
    });
  } catch {
    // A line that is no JSON was not written by this logger.
  }
}
