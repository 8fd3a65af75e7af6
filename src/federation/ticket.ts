// What one page of a home may do with one camera, and until when it has to say so.
import { createHash, randomBytes } from 'node:crypto';
import { cameraId, checkOptions, list, oneOf, optional, time } from '../arguments/index.js';
import { FluxError } from '../errors.js';
import type { ApiKeyScope, Role } from '../sessions/index.js';
import { pageOrigin, shownText } from './paired-homes.js';
import type { TicketPermission } from './wire.js';

/** What a home asks a ticket for. */
export interface TicketTerms {
  /** One of the node's own cameras. */
  cameraId: string;
  /** At least one. */
  permissions: readonly TicketPermission[];
  /** With `archive`: which footage, UTC milliseconds, half open, at most 7 days. */
  start?: number;
  end?: number;
  /** Of the home; `name` has 1 to 64 characters. A VIEWER moves no camera. */
  user: { name: string; role: Role };
  /** Of the page that will show the ticket. */
  origin: string;
}

/** A ticket, as it is given to the home. */
export interface MadeTicket {
  /** `fvt_...`: shown once. */
  ticket: string;
  /** Of those asked for, what the key and the role allow. */
  permissions: TicketPermission[];
  /** Milliseconds until it has to be redeemed. */
  redeemWithinMs: number;
  /** Milliseconds for which it lets in from then on. */
  leaseMs: number;
}

/** Of one camera, while its lease lasts. */
export interface TicketGrant {
  cameraId: string;
  permissions: readonly TicketPermission[];
  /** With `archive`: which footage, UTC milliseconds, half open. */
  start?: number;
  end?: number;
}

/** A ticket that nobody has shown yet. */
export interface Ticket {
  keyId: string;
  grant: TicketGrant;
  user: { name: string; role: Role };
  origin: string;
  /** By the clock of the one who keeps it, milliseconds. */
  redeemBefore: number;
}

const DAY_MS = 86_400_000;
const LONGEST_MS = 7 * DAY_MS;
const SECRET_BYTES = 32;

const permission = oneOf('live', 'archive', 'ptz');

export function checkTerms(where: string, terms: TicketTerms) {
  const checked = checkOptions(where, terms, {
    cameraId,
    permissions: (name, value) => {
      const given = new Set(list(name, value).map((each) => permission(name, each)));
      if (given.size > 0) return [...given];
      throw new FluxError('ERR_INVALID_ARGUMENT', `${name} must name at least one permission.`);
    },
    start: optional(time),
    end: optional(time),
    user: (name, value) =>
      checkOptions(name, value, {
        name: shownText(64),
        role: oneOf('ADMIN', 'OPERATOR', 'VIEWER'),
      }),
    origin: pageOrigin,
  });
  const { start, end, permissions } = checked;
  if (!permissions.includes('archive')) return checked;
  const length = (end ?? Number.NaN) - (start ?? Number.NaN);
  if (length > 0 && length <= LONGEST_MS) return checked;
  const message = `${where}: archive needs start and end, and at most 7 days between them.`;
  throw new FluxError('ERR_INVALID_ARGUMENT', message);
}

/** Of those asked for, what the key's scopes and the role allow. */
export function allowedOf(
  asked: readonly TicketPermission[],
  scopes: readonly ApiKeyScope[],
  role: Role,
): TicketPermission[] {
  const moves = role !== 'VIEWER' && scopes.includes('ptz');
  return asked.filter((each) => (each === 'ptz' ? moves : scopes.includes('media')));
}

export function newTicket(): string {
  return `fvt_${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/** Under which a ticket is kept: who reads the memory does not learn it. */
export function ticketHash(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64');
}

/** In the same words for every ticket that is not good. */
export function ticketRefused(): FluxError {
  return new FluxError(
    'ERR_TICKET',
    'The ticket is not valid: unknown, used, too old, or not for this page. Ask for another one.',
  );
}
