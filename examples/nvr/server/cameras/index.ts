// Cameras: addresses, settings, and the registry of those that there are.
export { type AddressRules, onvifAddress, pinned, resolvedHost, streamAddress } from './address.js';
export { CameraRegistry } from './registry.js';
export type { CameraSettings } from './settings.js';
export type { StreamMeters } from './view.js';
