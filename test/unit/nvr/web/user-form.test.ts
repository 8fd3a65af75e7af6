import { describe, expect, it } from 'vitest';
import type { Role, User } from '../../../../examples/nvr/protocol/index.js';
import {
  checkPasswordChange,
  checkUserForm,
  checkUsername,
  EMPTY_USER,
  formOfUser,
  isLastAdministrator,
  newUserOf,
  userChangeOf,
  withRole,
} from '../../../../examples/nvr/web/users/user-form.js';

function user(id: string, role: Role, disabled = false): User {
  return {
    id,
    username: id,
    permissions: {
      role,
      allowedCameras: role === 'VIEWER' ? ['gate'] : 'all',
      canExport: false,
      canControlPTZ: true,
      canViewArchive: true,
      canViewLive: true,
    },
    quota: {
      maxBandwidthMbps: 12.5,
      maxCamerasFullscreen: 2,
      maxCamerasTotal: 16,
      priorityClient: true,
    },
    disabled,
    mustChangePassword: false,
    createdAt: 0,
  };
}

describe('the form of a user', () => {
  it('comes back as it was', () => {
    const { permissions, quota } = user('guard', 'VIEWER');
    expect(userChangeOf(formOfUser(user('guard', 'VIEWER')))).toEqual({ permissions, quota });
  });

  it('brings the rights of a role, and an administrator has all', () => {
    const admin = { ...withRole(EMPTY_USER, 'ADMIN'), canExport: false, allCameras: false };
    expect(newUserOf(admin).permissions).toMatchObject({ allowedCameras: 'all', canExport: true });
    expect(newUserOf(withRole(admin, 'VIEWER')).permissions).toMatchObject({
      allowedCameras: [],
      canControlPTZ: false,
    });
  });

  it('has a new user change the password', () => {
    expect(newUserOf(EMPTY_USER).mustChangePassword).toBe(true);
  });

  it('names what is wrong', () => {
    expect(Object.keys(checkUserForm(EMPTY_USER, true))).toEqual(['username', 'password']);
    expect(checkUserForm(EMPTY_USER, false)).toEqual({});
    const quota = { maxBandwidthMbps: '0', maxCamerasFullscreen: '1.5', maxCamerasTotal: '' };
    expect(checkUserForm({ ...EMPTY_USER, ...quota }, false)).toEqual({
      maxBandwidthMbps: 'errors.number',
      maxCamerasFullscreen: 'errors.wholeNumber',
      maxCamerasTotal: 'errors.number',
    });
    expect(['김철수', 'a.b-c_d@e'].map(checkUsername)).toEqual([undefined, undefined]);
    expect(['', 'a b', '<b>', 'a'.repeat(65)].map(checkUsername)).not.toContain(undefined);
  });

  it('asks for another password, long enough and typed twice alike', () => {
    const good = 'correct horse battery';
    expect(checkPasswordChange('old', good, good)).toEqual({});
    expect(checkPasswordChange('', 'short', 'shorter')).toEqual({
      current: 'errors.currentMissing',
      next: 'errors.passwordShort',
      again: 'errors.passwordsDiffer',
    });
    expect(checkPasswordChange(good, good, good)).toEqual({ next: 'errors.passwordSame' });
  });
});

describe('the last administrator', () => {
  it('is the only one who is not disabled', () => {
    const ann = user('ann', 'ADMIN');
    const users = [ann, user('ben', 'ADMIN', true), user('cid', 'OPERATOR')];
    expect(isLastAdministrator(ann, users)).toBe(true);
    expect(isLastAdministrator(users[1] as User, users)).toBe(false);
    expect(isLastAdministrator(ann, [...users, user('dee', 'ADMIN')])).toBe(false);
  });
});
