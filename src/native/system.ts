// The machine: its storage lock, its hardware, the load of the engine's threads.

/** An exclusive lock on a storage directory, held until release() or the process's end. */
export interface NativeStorageLock {
  release(): void;
}

export interface NativeHardware {
  cpu: { model: string; cores: number; features: string[] };
  libraries: { name: string; version: string; license?: string }[];
  openssl: string;
  cipherLevel: string;
  decoders: { name: string; available: boolean }[];
  encoders: { name: string; available: boolean }[];
  gpus: { name: string; memoryBytes: number }[];
  components: { name: 'CUDA' | 'NVDEC' | 'NVENC' | 'EGL'; available: boolean; detail: string }[];
}

export interface NativePoolStats {
  name: 'network' | 'recording' | 'sync' | 'decode';
  threads: number;
  load: number[];
  rejected: number;
}

export interface SystemExports {
  /** Throws ERR_STORAGE_LOCKED. */
  lockStorage(path: string): NativeStorageLock;
  probeHardware(): Promise<NativeHardware>;
  /** Empty where no camera was made yet. */
  engineStats(): NativePoolStats[];
}
