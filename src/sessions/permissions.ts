// Roles and what they may do (vms-v2-plan, "User Roles").
import {
  type Check,
  cameraId,
  checkOptions,
  federatedId,
  flag,
  list,
  oneOf,
  uuid,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';

/** `ADMIN`: everything. `OPERATOR`: all cameras, PTZ, export. `VIEWER`: the cameras assigned to it. */
export type Role = 'ADMIN' | 'OPERATOR' | 'VIEWER';

/** What a user may do. */
export interface UserPermissions {
  role: Role;
  /**
   * `all`: also cameras that are added later, and those of other servers. At most 1000 ids; that of a
   * camera of another server is `<camera>@<serverId>`.
   */
  allowedCameras: 'all' | readonly string[];
  canExport: boolean;
  canControlPTZ: boolean;
  canViewArchive: boolean;
  canViewLive: boolean;
}

/** What a call may need. */
export type Permission = 'live' | 'archive' | 'export' | 'ptz' | 'admin';

const MAX_CAMERAS = 1000;

/** What a role has where nothing else is said. A VIEWER has no cameras until some are assigned. */
export function permissionsOf(role: Role): UserPermissions {
  const known = oneOf('ADMIN', 'OPERATOR', 'VIEWER')('permissionsOf: role', role);
  const isOperator = known !== 'VIEWER';
  return {
    role: known,
    allowedCameras: isOperator ? 'all' : [],
    canExport: isOperator,
    canControlPTZ: isOperator,
    canViewArchive: true,
    canViewLive: true,
  };
}

/** Whether `permission` is given, and for `camera` where one is named. */
export function isPermitted(
  permissions: UserPermissions,
  permission: Permission,
  camera?: string,
): boolean {
  if (camera !== undefined && !mayUse(permissions, camera)) return false;
  // Of another server: only who is at that one.
  if (permission === 'admin' && camera?.includes('@')) return false;
  switch (permission) {
    case 'live':
      return permissions.canViewLive;
    case 'archive':
      return permissions.canViewArchive;
    case 'export':
      return permissions.canExport;
    case 'ptz':
      return permissions.canControlPTZ;
    case 'admin':
      return permissions.role === 'ADMIN';
    default:
      return false;
  }
}

function mayUse({ allowedCameras }: UserPermissions, camera: string): boolean {
  return allowedCameras === 'all' || allowedCameras.includes(camera);
}

/**
 * Permissions as they are kept: an ADMIN has all of them whatever is said, and a VIEWER never controls
 * a camera.
 */
export const permissions: Check<UserPermissions> = (name, value) => {
  const checked = checkOptions(name, value, {
    role: oneOf('ADMIN', 'OPERATOR', 'VIEWER'),
    allowedCameras: cameras,
    canExport: flag,
    canControlPTZ: flag,
    canViewArchive: flag,
    canViewLive: flag,
  });
  if (checked.role === 'ADMIN') return permissionsOf('ADMIN');
  return { ...checked, canControlPTZ: checked.canControlPTZ && checked.role !== 'VIEWER' };
};

const cameras: Check<'all' | readonly string[]> = (name, value) => {
  if (value === 'all') return value;
  const ids = list(name, value);
  if (ids.length > MAX_CAMERAS) {
    throw new FluxError(
      'ERR_INVALID_ARGUMENT',
      `${name} must be 'all' or at most ${MAX_CAMERAS} ids, not ${ids.length}.`,
    );
  }
  return [...new Set(ids.map((id) => ownOrFederated(name, id)))];
};

const ownOrFederated: Check<string> = (name, value) => {
  const at = typeof value === 'string' ? value.indexOf('@') : -1;
  if (typeof value !== 'string' || at < 0) return cameraId(name, value);
  const [id, nodeId] = [cameraId(name, value.slice(0, at)), uuid(name, value.slice(at + 1))];
  return federatedId(nodeId, id);
};
