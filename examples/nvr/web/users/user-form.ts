// The form of a user: fields, what is wrong with them, and what the server is told.
import type { NewUser, Permissions, Quota, Role, User, UserChange } from '../../protocol/index.js';

export interface UserForm {
  username: string;
  password: string;
  role: Role;
  allCameras: boolean;
  cameras: readonly string[];
  canViewLive: boolean;
  canViewArchive: boolean;
  canExport: boolean;
  canControlPTZ: boolean;
  maxBandwidthMbps: string;
  maxCamerasFullscreen: string;
  maxCamerasTotal: string;
  priorityClient: boolean;
}

/** Keys of the texts in `i18n/<language>/users`, by field. */
export type UserFormErrors = Partial<Record<keyof UserForm, string>>;

export const MIN_PASSWORD = 12;
export const MAX_PASSWORD = 256;

/** vms-v2-plan, "User Roles": what a role may by itself. */
const ROLE_RIGHTS: Record<
  Role,
  Pick<UserForm, 'allCameras' | 'canViewLive' | 'canViewArchive' | 'canExport' | 'canControlPTZ'>
> = {
  ADMIN: {
    allCameras: true,
    canViewLive: true,
    canViewArchive: true,
    canExport: true,
    canControlPTZ: true,
  },
  OPERATOR: {
    allCameras: true,
    canViewLive: true,
    canViewArchive: true,
    canExport: true,
    canControlPTZ: true,
  },
  VIEWER: {
    allCameras: false,
    canViewLive: true,
    canViewArchive: true,
    canExport: false,
    canControlPTZ: false,
  },
};

export const EMPTY_USER: UserForm = {
  username: '',
  password: '',
  role: 'VIEWER',
  ...ROLE_RIGHTS.VIEWER,
  cameras: [],
  maxBandwidthMbps: '50',
  maxCamerasFullscreen: '4',
  maxCamerasTotal: '42',
  priorityClient: false,
};

/** Another role brings its own rights; single ones can be changed afterwards. */
export function withRole(form: UserForm, role: Role): UserForm {
  return { ...form, role, ...ROLE_RIGHTS[role] };
}

export function formOfUser({ username, permissions, quota }: User): UserForm {
  return {
    username,
    password: '',
    role: permissions.role,
    allCameras: permissions.allowedCameras === 'all',
    cameras: permissions.allowedCameras === 'all' ? [] : permissions.allowedCameras,
    canViewLive: permissions.canViewLive,
    canViewArchive: permissions.canViewArchive,
    canExport: permissions.canExport,
    canControlPTZ: permissions.canControlPTZ,
    maxBandwidthMbps: String(quota.maxBandwidthMbps),
    maxCamerasFullscreen: String(quota.maxCamerasFullscreen),
    maxCamerasTotal: String(quota.maxCamerasTotal),
    priorityClient: quota.priorityClient,
  };
}

export function checkUserForm(form: UserForm, isNew: boolean): UserFormErrors {
  const errors: UserFormErrors = {};
  if (isNew) {
    errors.username = checkUsername(form.username);
    errors.password = checkNewPassword(form.password);
  }
  errors.maxBandwidthMbps = checkNumber(form.maxBandwidthMbps, 0.1, 10_000, false);
  errors.maxCamerasFullscreen = checkNumber(form.maxCamerasFullscreen, 0, 64, true);
  errors.maxCamerasTotal = checkNumber(form.maxCamerasTotal, 1, 1000, true);
  return Object.fromEntries(Object.entries(errors).filter(([, error]) => error !== undefined));
}

export function checkUsername(name: string): string | undefined {
  if (name === '') return 'errors.usernameMissing';
  if (name.length > 64) return 'errors.usernameLong';
  return /^[\p{L}\p{N}._@-]+$/u.test(name) ? undefined : 'errors.username';
}

export function checkNewPassword(password: string): string | undefined {
  if (password.length < MIN_PASSWORD) return 'errors.passwordShort';
  return password.length > MAX_PASSWORD ? 'errors.passwordLong' : undefined;
}

/** Of a change of the own password, where the new one is typed twice. */
export function checkPasswordChange(
  current: string,
  next: string,
  again: string,
): { current?: string; next?: string; again?: string } {
  const short = checkNewPassword(next);
  return {
    ...(current === '' && { current: 'errors.currentMissing' }),
    ...(short && { next: short }),
    ...(!short && next === current && { next: 'errors.passwordSame' }),
    ...(next !== again && { again: 'errors.passwordsDiffer' }),
  };
}

export function permissionsOf(form: UserForm): Permissions {
  const { role, canExport, canControlPTZ, canViewArchive, canViewLive } = form;
  const allowedCameras = form.allCameras ? 'all' : [...form.cameras];
  if (role === 'ADMIN') return { ...rightsOf('ADMIN'), role, allowedCameras: 'all' };
  return { role, allowedCameras, canExport, canControlPTZ, canViewArchive, canViewLive };
}

export function newUserOf(form: UserForm): NewUser {
  return {
    username: form.username,
    password: form.password,
    permissions: permissionsOf(form),
    quota: quotaOf(form),
    mustChangePassword: true,
  };
}

export function userChangeOf(form: UserForm): UserChange {
  return { permissions: permissionsOf(form), quota: quotaOf(form) };
}

/** The one administrator who is left cannot be removed, disabled or given another role. */
export function isLastAdministrator(user: User, users: readonly User[]): boolean {
  const administrators = users.filter((u) => u.permissions.role === 'ADMIN' && !u.disabled);
  return administrators.length === 1 && administrators[0]?.id === user.id;
}

function rightsOf(role: Role): Omit<Permissions, 'role' | 'allowedCameras'> {
  const { canExport, canControlPTZ, canViewArchive, canViewLive } = ROLE_RIGHTS[role];
  return { canExport, canControlPTZ, canViewArchive, canViewLive };
}

function quotaOf(form: UserForm): Quota {
  return {
    maxBandwidthMbps: Number(form.maxBandwidthMbps),
    maxCamerasFullscreen: Number(form.maxCamerasFullscreen),
    maxCamerasTotal: Number(form.maxCamerasTotal),
    priorityClient: form.priorityClient,
  };
}

function checkNumber(text: string, from: number, to: number, whole: boolean): string | undefined {
  const value = Number(text);
  if (text.trim() === '' || !(value >= from && value <= to)) return 'errors.number';
  return whole && !Number.isInteger(value) ? 'errors.wholeNumber' : undefined;
}
