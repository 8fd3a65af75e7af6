export { type Hardware, probeHardware } from './hardware.js';
