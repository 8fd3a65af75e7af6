export {
  type OnvifAuthentication,
  OnvifSimulator,
  type OnvifSimulatorOptions,
  type PtzPosition,
  type SimulatedCameraState,
  type SimulatedStreams,
} from './onvif/index.js';
export {
  RtspSimulator,
  type RtspSimulatorOptions,
  type SentFrame,
  type SimulatedStreamStats,
} from './simulator.js';
