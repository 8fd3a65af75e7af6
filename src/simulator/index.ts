export {
  RtspSimulator,
  type RtspSimulatorOptions,
  type SentFrame,
  type SimulatedStreamStats,
} from './simulator.js';
