// How the server does.
export { Meters } from './meters.js';
export { SetupToken } from './setup.js';
export { Troubles } from './troubles.js';
