// A camera of GStreamer's RTSP server in a process of its own; gst-rtsp-server.py says what it takes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('gst-rtsp-server.py', import.meta.url));

export interface GstCamera {
  port: number;
  url: string;
  close(): Promise<void>;
}

export async function startGstCamera(...args: string[]): Promise<GstCamera> {
  const server = spawn(script, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: server.stdout });
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(server, 'exit').then(([code]) => Promise.reject(new Error(`gst-rtsp-server: ${code}`))),
  ]);
  return {
    ...(JSON.parse(line) as { port: number; url: string }),
    async close() {
      const gone = once(server, 'exit');
      server.kill();
      await gone;
    },
  };
}
