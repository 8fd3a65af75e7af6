// What server, web interface and other clients agree on: REST resources and WebSocket messages. The
// server validates with these schemas and makes its OpenAPI document of them; the interface takes the types.
export * from './accounts.js';
export * from './cameras.js';
export * from './federation.js';
export * from './messages.js';
export * from './picture.js';
export * from './recordings.js';
export * from './system.js';
export * from './values.js';
