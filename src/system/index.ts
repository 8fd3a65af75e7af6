export {
  type CipherAlgorithm,
  type CryptoModuleInfo,
  type CryptoModuleOptions,
  configureCryptoModules,
  cryptoModules,
} from './crypto-modules.js';
export { engineStats, type PoolStats } from './engine-stats.js';
export { type Hardware, probeHardware } from './hardware.js';
export { type UdpReceiveBuffer, udpReceiveBuffer } from './receive-buffer.js';
