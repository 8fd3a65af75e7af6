// A user as it is shown, as it is asked for and as it is kept.
import { checkOptions, invalidArgument, optional, text } from '../arguments/index.js';
import type { UserPermissions } from './permissions.js';
import type { ClientQuota } from './quota.js';

/** A user, without what proves who it is. */
export interface UserRecord {
  /** UUID. */
  id: string;
  username: string;
  permissions: UserPermissions;
  quota: ClientQuota;
  /** Cannot log in. */
  disabled: boolean;
  /** May do nothing but change the password. */
  mustChangePassword: boolean;
  /** UTC milliseconds. */
  createdAt: number;
  /** UTC milliseconds. */
  lastLoginAt?: number;
}

/** A user to be made. */
export interface NewUser {
  /** 1 to 64 letters, digits and `. _ @ -`; compared in Unicode NFC, without case. */
  username: string;
  /** 12 to 256 characters, and not the user's name. */
  password: string;
  permissions: UserPermissions;
  /** What is left out is as {@link SessionManagerOptions.quota} says. */
  quota?: Partial<ClientQuota>;
  /** Default false. */
  mustChangePassword?: boolean;
}

/** What {@link Users.update} changes; what is left out stays. */
export interface UserChange {
  permissions?: UserPermissions;
  quota?: Partial<ClientQuota>;
  disabled?: boolean;
}

/** Who does it, for the audit log: a user's name. Default: the user of the process. */
export interface Acting {
  by?: string;
}

/** Why a change ends a user's sessions. */
export type UserChangeEnd = 'password_changed' | 'permissions_changed' | 'user_disabled';

/** As it is sealed. */
export interface Profile {
  username: string;
  permissions: UserPermissions;
  quota: ClientQuota;
  disabled: boolean;
  mustChangePassword: boolean;
  createdAt: number;
  /** Rises with each change that ends sessions. */
  generation: number;
}

/** A profile beside what is readable. */
export interface Known {
  profile: Profile;
  lastLoginAt: number | undefined;
}

const USERNAME = /^[\p{L}\p{N}._@-]+$/u;

/** A name as it is kept. */
export function username(name: string, value: unknown): string {
  const normal = text(1, 256)(name, value).normalize('NFC');
  if (normal.length > 64 || !USERNAME.test(normal)) {
    throw invalidArgument(name, '1 to 64 letters, digits and . _ @ -', value);
  }
  return normal;
}

export function checkActing(where: string, acting: Acting): string | undefined {
  return checkOptions(where, acting, { by: optional(text(1, 64)) }).by;
}

export function toRecord(id: string, { profile, lastLoginAt }: Known): UserRecord {
  const { generation: _, ...rest } = profile;
  return structuredClone({ id, ...rest, ...(lastLoginAt !== undefined && { lastLoginAt }) });
}

export function isAdmin({ permissions: { role }, disabled }: Profile): boolean {
  return role === 'ADMIN' && !disabled;
}

/** Why the change ends the user's sessions; undefined where it does not. */
export function endOf(before: Profile, after: Profile): UserChangeEnd | undefined {
  if (after.disabled && !before.disabled) return 'user_disabled';
  const isSame = JSON.stringify(before.permissions) === JSON.stringify(after.permissions);
  return isSame ? undefined : 'permissions_changed';
}

/** For the audit log. */
export function changesOf(before: Profile, after: Profile): Record<string, unknown> {
  const detail: Record<string, unknown> = {};
  if (before.permissions.role !== after.permissions.role) detail.role = after.permissions.role;
  if (before.disabled !== after.disabled) detail.disabled = after.disabled;
  const { allowedCameras } = after.permissions;
  detail.cameras = allowedCameras === 'all' ? 'all' : allowedCameras.length;
  return detail;
}
