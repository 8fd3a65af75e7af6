// Who may do what.
export {
  type Access,
  type CameraPlace,
  enforceAccess,
  type RouteEntry,
  requireCamera,
  routeTable,
} from './access.js';
export { type Caller, sessionCaller } from './caller.js';
export { isHomePage, isOwnPage } from './origin.js';
export { COOKIE_PREFIX, clearCookie, cookieToken, setCookie, tokenIn } from './session-cookie.js';
