// Argument checks, for the door of every public call.
export { addressBlocks, GuardedLookup } from './address-blocks.js';
export { cameraId, isCameraId } from './camera-id.js';
export { cameraUrl, redactUrl } from './camera-url.js';
export { type Check, type Checked, checkOptions, invalidArgument, optional } from './check.js';
export { type FederatedId, federatedId, isLocalId, splitFederatedId } from './federated-id.js';
export { type PictureOptions, pictureChecks } from './picture.js';
export {
  type CheckedTls,
  certificates,
  completeTls,
  type TlsOptions,
  tlsChecks,
  tlsOptions,
} from './tls.js';
export {
  callback,
  decimal,
  flag,
  instanceOf,
  integer,
  list,
  MAX_TIME,
  oneOf,
  passphrase,
  path,
  secretText,
  signal,
  text,
  time,
  uuid,
} from './values.js';
