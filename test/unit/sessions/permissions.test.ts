import { describe, expect, it } from 'vitest';
import {
  type Permission,
  permissionsOf,
  type Role,
  type UserPermissions,
} from '../../../src/sessions/index.js';
import { isPermitted, permissions } from '../../../src/sessions/permissions.js';
import { thrownBy } from '../thrown.js';

const ROLES: Role[] = ['ADMIN', 'OPERATOR', 'VIEWER'];
const PERMISSIONS: Permission[] = ['live', 'archive', 'export', 'ptz', 'admin'];
const assigned = { ...permissionsOf('VIEWER'), allowedCameras: ['door'] };

describe('a role', () => {
  it('may what the specification gives it', () => {
    const matrix = ROLES.map((role) => [
      role,
      ...PERMISSIONS.filter((permission) => isPermitted(permissionsOf(role), permission)),
    ]);
    expect(matrix).toEqual([
      ['ADMIN', 'live', 'archive', 'export', 'ptz', 'admin'],
      ['OPERATOR', 'live', 'archive', 'export', 'ptz'],
      ['VIEWER', 'live', 'archive'],
    ]);
  });

  it('reaches all cameras as ADMIN and OPERATOR, those assigned as VIEWER, none at first', () => {
    const on = (of: UserPermissions, camera: string) => isPermitted(of, 'live', camera);
    expect(on(permissionsOf('ADMIN'), 'gate')).toBe(true);
    expect(on(permissionsOf('OPERATOR'), 'gate')).toBe(true);
    expect(on(permissionsOf('VIEWER'), 'gate')).toBe(false);
    expect(on(assigned, 'door')).toBe(true);
    expect(on(assigned, 'gate')).toBe(false);
  });

  it('is not widened by what a camera or a permission is called', () => {
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'length', '0', 'all', '']) {
      expect(isPermitted(assigned, 'live', name)).toBe(false);
      expect(isPermitted(permissionsOf('ADMIN'), name as Permission)).toBe(false);
    }
  });

  it('takes each permission away by itself', () => {
    const flags = { live: 'canViewLive', archive: 'canViewArchive', export: 'canExport' } as const;
    for (const [permission, flag] of Object.entries(flags)) {
      const without = { ...permissionsOf('OPERATOR'), [flag]: false };
      const left = PERMISSIONS.filter((each) => isPermitted(without, each));
      expect(left).toEqual(PERMISSIONS.filter((each) => each !== permission && each !== 'admin'));
    }
  });
});

describe('a camera of another server', () => {
  const [door, yard] = ['door', 'yard'].map((id) => `${id}@7b1c0000-0000-4000-8000-000000000001`);

  it('is one of all, or is named, and is managed at its own server alone', () => {
    const viewer = { ...permissionsOf('VIEWER'), allowedCameras: [door as string] };
    for (const permission of ['live', 'archive', 'export', 'ptz'] as const) {
      expect(isPermitted(permissionsOf('OPERATOR'), permission, door)).toBe(true);
    }
    expect(isPermitted(permissionsOf('ADMIN'), 'admin', door)).toBe(false);
    expect(isPermitted(viewer, 'live', door)).toBe(true);
    for (const other of [yard, 'door', `${door}0`]) {
      expect(isPermitted(viewer, 'live', other)).toBe(false);
    }
  });

  it('is kept by its whole id alone', () => {
    const keep = (id: string) =>
      permissions('permissions', { ...permissionsOf('VIEWER'), allowedCameras: [id] });
    expect(keep(door as string).allowedCameras).toEqual([door]);
    for (const id of ['door@', '@', `@${door}`, `${door}@x`, 'door@7B1C', `../${door}`]) {
      expect(thrownBy(() => keep(id)).code).toBe('ERR_INVALID_ARGUMENT');
    }
  });
});

describe('permissions that are kept', () => {
  const keep = (value: unknown) => permissions('permissions', value);

  it('are all of them for an ADMIN, and never control for a VIEWER', () => {
    const nothing = {
      ...{ allowedCameras: [], canExport: false, canControlPTZ: false },
      ...{ canViewArchive: false, canViewLive: false },
    };
    expect(keep({ role: 'ADMIN', ...nothing })).toEqual(permissionsOf('ADMIN'));
    expect(keep({ ...assigned, canControlPTZ: true, canExport: true })).toEqual({
      ...assigned,
      canExport: true,
    });
  });

  it('are refused where they are none', () => {
    for (const value of [
      undefined,
      {},
      { ...assigned, role: 'ROOT' },
      { ...assigned, role: '__proto__' },
      { ...assigned, canExport: 1 },
      { ...assigned, more: true },
      { ...assigned, allowedCameras: 'door' },
      { ...assigned, allowedCameras: ['../door'] },
      { ...assigned, allowedCameras: Array.from({ length: 1001 }, (_, i) => `cam${i}`) },
    ]) {
      expect(thrownBy(() => keep(value)).code).toBe('ERR_INVALID_ARGUMENT');
    }
  });
});
