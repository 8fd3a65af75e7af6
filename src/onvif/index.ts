// ONVIF: finding cameras, asking them what they stream, moving them and hearing their events.
export type { TlsOptions as OnvifTlsOptions } from '../arguments/index.js';
export type { ReportedAddress } from './address.js';
export { CameraOnvif, type CameraOnvifOptions, cameraOnvif } from './camera-onvif.js';
export {
  type OnvifCapabilities,
  type OnvifConnectOptions,
  OnvifDevice,
  type OnvifDeviceInformation,
  type OnvifStream,
  type OnvifStreamProtocol,
  type OnvifStreams,
} from './device.js';
// For the simulated camera, which reads what strangers send with the same care.
export { digestParameters, digestResponse } from './digest.js';
export { type DiscoveredCamera, type DiscoverOptions, discoverCameras } from './discovery.js';
export type { OnvifEvent, OnvifEventOptions } from './events.js';
export {
  type FocusMove,
  Imaging,
  type ImagingRange,
  type ImagingRanges,
  type ImagingSettings,
} from './imaging.js';
export type { OnvifProfile } from './profiles.js';
export {
  type OnvifRequestOptions,
  Ptz,
  type PtzMove,
  type PtzPreset,
  type PtzStatus,
  type PtzVelocity,
} from './ptz.js';
export {
  all,
  escapeXml,
  find,
  numberAt,
  numberIn,
  parseXml,
  textAt,
  type XmlElement,
} from './xml.js';
