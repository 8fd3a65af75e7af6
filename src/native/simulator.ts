// Simulated cameras.

export interface NativeSimulatorOptions {
  host: string;
  port: number;
  cameras: number;
  clip: string;
  subClip: string;
  pacing: 'frame' | 'packet';
  username: string;
  password: string;
  sentLogCapacity: number;
}

export interface NativeStreamStats {
  path: string;
  sessions: number;
  sessionsTotal: number;
  framesSent: number;
  framesDropped: number;
  packetsSent: number;
  bytesSent: number;
  receiverReports: number;
}

export interface NativeSentFrame {
  sentAt: number;
  rtpTimestamp: number;
  clipIndex: number;
  keyFrame: boolean;
}

export interface NativeSimulator {
  readonly port: number;
  stats(): NativeStreamStats[];
  sentFrames(path: string): NativeSentFrame[];
  disconnectAll(): void;
  close(): Promise<void>;
}

export interface SimulatorExports {
  startSimulator(options: NativeSimulatorOptions): Promise<NativeSimulator>;
}
