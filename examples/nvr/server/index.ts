// The server for programs that embed it: the demo, tests, products of others.
export { type Config, ConfigError, loadConfig } from './config/index.js';
export { type LogRing, openLog } from './logs.js';
export { Nvr, type NvrOptions } from './nvr.js';
export { type RunningServer, startServer } from './server.js';
export { openIdentity, type TlsIdentity } from './tls/index.js';
