// What this machine offers to the media engine.
import { native } from '../native/index.js';

/** What {@link probeHardware} found. */
export interface Hardware {
  cpu: {
    model: string;
    cores: number;
    /** Instruction sets that the engine can use, for example `avx2`. */
    features: string[];
  };
  /** The media libraries that were loaded. */
  libraries: { name: string; version: string; license?: string }[];
  /** Version of the OpenSSL inside the addon. */
  openssl: string;
  /**
   * Instructions that the built-in ciphers and conversions of pictures run with: `scalar`, `avx2`,
   * `avx512` or `neon`. The environment variable FLUXVISION_CPU_LEVEL forces a lower one.
   */
  cipherLevel: string;
  decoders: { name: string; available: boolean }[];
  encoders: { name: string; available: boolean }[];
  gpus: { name: string; memoryBytes: number }[];
  /** `detail`: a version where the component is available, else why it is not. */
  components: {
    name: 'CUDA' | 'NVDEC' | 'NVENC' | 'EGL';
    available: boolean;
    detail: string;
  }[];
}

/** Looks at CPU, media libraries, codecs and GPUs. Never rejects for what is missing: it says so. */
export async function probeHardware(): Promise<Hardware> {
  return native.probeHardware();
}
