// How the server does.
export { ClockWatch } from './clock-watch.js';
export { DatabaseWatch } from './database-watch.js';
export { Meters } from './meters.js';
export { SetupToken } from './setup.js';
export { Troubles } from './troubles.js';
export { UnlockThrottle } from './unlock-throttle.js';
