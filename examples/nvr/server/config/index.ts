// The settings of the server.
export { type Config, ConfigError, type ConfigProblem, loadConfig, parseConfig } from './load.js';
export { readPassphrase } from './passphrase.js';
export { Settings } from './schema.js';
export { takeOver } from './take-over.js';
