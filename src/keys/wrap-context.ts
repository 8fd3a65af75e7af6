// What a wrapped key is bound to. The encodings are documented in docs/keys.md; changing one makes
// every key that was wrapped with it unreadable.
import { encodeFields } from './encoding.js';

/** What a key of keys.db is for. */
export type KeyPurpose = 'video' | 'database' | 'config' | 'audit' | 'session' | 'user';

export interface WrapContext {
  purpose: KeyPurpose;
  keyId: string;
  /** Id of the master key that wraps this one. */
  parentId: string;
  algorithm: string;
  /** UTC milliseconds. */
  createdAt: number;
  /** UTC milliseconds; from then on it seals. */
  activatesAt: number;
  /** Camera or user id; empty for a key of the whole store. */
  subject: string;
  /** UTC day (YYYYMMDD), UTC month (YYYYMM) or a counter, by purpose. */
  period: string;
  /** Canonical JSON of what else the key needs, or empty. */
  parameters: string;
}

/** The context of a key. Version 1 is what keys.db had before master keys were rotated. */
export function encodeWrapContext(context: WrapContext, version: 1 | 2 = 2): Buffer {
  const { purpose, keyId, parentId, algorithm, createdAt, subject, period } = context;
  if (version === 1) {
    const label = 'fluxvision/wrap/v1';
    return encodeFields([label, purpose, keyId, parentId, algorithm, createdAt, subject, period]);
  }
  const { activatesAt, parameters } = context;
  return encodeFields([
    'fluxvision/wrap/v2',
    purpose,
    keyId,
    parentId,
    algorithm,
    createdAt,
    activatesAt,
    subject,
    period,
    parameters,
  ]);
}
