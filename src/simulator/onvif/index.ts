export {
  OnvifSimulator,
  type OnvifSimulatorOptions,
  type SimulatedCameraState,
  type SimulatedStreams,
} from './onvif-simulator.js';
export type { PtzPosition } from './ptz-state.js';
export type { OnvifAuthentication } from './security.js';
