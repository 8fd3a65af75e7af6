// Who may do what.
export {
  type Access,
  type CameraPlace,
  enforceAccess,
  type RouteEntry,
  requireCamera,
  routeTable,
} from './access.js';
export { type Caller, COOKIE, sessionCaller } from './caller.js';
