// Users, logins and API keys, as the settings of the server want them. Until the SDK exports its
// SessionManager these are its declarations.
import type { EventEmitter } from 'node:events';
import { FluxError, type KeyManager, type Quality } from '@fluxvision/core';
import type { ApiKeyScope, Permissions, Quota } from '../protocol/index.js';
import type { Config } from './config/index.js';

export type Permission = 'live' | 'archive' | 'export' | 'ptz' | 'admin';
interface Acting {
  by?: string;
}

export interface ClientSession {
  readonly id: string;
  readonly userId: string;
  readonly username: string;
  readonly permissions: {
    readonly role: Permissions['role'];
    readonly allowedCameras: 'all' | readonly string[];
    readonly canExport: boolean;
    readonly canControlPTZ: boolean;
    readonly canViewArchive: boolean;
    readonly canViewLive: boolean;
  };
  readonly mustChangePassword: boolean;
  readonly address: string;
  readonly userAgent?: string;
  readonly connectedAt: number;
  readonly expiresAt: number;
  readonly lastActivity: number;
  readonly quota: Quota;
  readonly ended: AbortSignal;
  readonly subscriptions: Map<string, Quality>;
  may(permission: Permission, cameraId?: string): boolean;
  touch(): void;
}

export interface UserRecord {
  id: string;
  username: string;
  permissions: ClientSession['permissions'];
  quota: Quota;
  disabled: boolean;
  mustChangePassword: boolean;
  createdAt: number;
  lastLoginAt?: number;
}

export interface ApiKey {
  id: string;
  label: string;
  scopes: readonly ApiKeyScope[];
  createdAt: number;
  expiresAt?: number;
  lastUsedAt?: number;
}

interface IssuedSession {
  token: string;
  session: ClientSession;
}

export interface SessionManager extends EventEmitter {
  readonly users: {
    createFirst(user: { username: string; password: string }, acting?: Acting): Promise<UserRecord>;
    create(
      user: {
        username: string;
        password: string;
        permissions: ClientSession['permissions'];
        quota?: Partial<Quota>;
        mustChangePassword?: boolean;
      },
      acting?: Acting,
    ): Promise<UserRecord>;
    get(id: string): UserRecord | undefined;
    list(): UserRecord[];
    update(
      id: string,
      change: {
        permissions?: ClientSession['permissions'];
        quota?: Partial<Quota>;
        disabled?: boolean;
      },
      acting?: Acting,
    ): UserRecord;
    setPassword(
      id: string,
      password: string,
      options?: Acting & { mustChangePassword?: boolean },
    ): Promise<void>;
    remove(id: string, acting?: Acting): void;
  };
  readonly apiKeys: {
    create(
      key: { label: string; scopes: readonly ApiKeyScope[]; expiresAt?: number },
      acting?: Acting,
    ): ApiKey & { key: string };
    verify(key: string): ApiKey;
    list(): ApiKey[];
    revoke(id: string, acting?: Acting): boolean;
  };
  login(request: {
    username: string;
    password: string;
    address: string;
    userAgent?: string;
    clientPublicKey?: Uint8Array;
  }): Promise<IssuedSession & { serverPublicKey?: Buffer }>;
  verify(token: string): ClientSession;
  refresh(token: string): IssuedSession;
  changePassword(session: ClientSession, current: string, next: string): Promise<IssuedSession>;
  terminate(id: string, reason: 'kicked' | 'logout', acting?: Acting): boolean;
  sessions(): ClientSession[];
  close(): Promise<void>;
}

export async function openSessions(_options: {
  storage: string;
  keys: KeyManager;
  config: Config;
}): Promise<SessionManager> {
  throw new FluxError('ERR_INTERNAL', 'There are no sessions yet.');
}
