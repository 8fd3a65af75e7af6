// What others do for a viewer of a camera: an ffmpeg that makes its fragments, for it alone.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProcessMeter } from '../record/process-meter.mjs';
import { stop } from '../record/stop.mjs';

/** ffmpeg looks at a stream for 5 s before it begins. */
const SETTLE_MS = 7000;
const FRAGMENTS = 'empty_moov+default_base_moof+frag_every_frame';

/** CPU of all processes together, in percent of a core. What reads their pipes is not counted. */
export async function measureRemuxes(urls, viewers, seconds) {
  const children = Array.from({ length: viewers }, () => urls)
    .flat()
    .map((url) => {
      const output = ['-c', 'copy', '-f', 'mp4', '-movflags', FRAGMENTS, 'pipe:1'];
      const args = ['-v', 'error', '-rtsp_transport', 'tcp', '-i', url, ...output];
      const child = spawn('ffmpeg', args, { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.resume();
      return child;
    });
  try {
    await sleep(SETTLE_MS);
    const meter = new ProcessMeter(children.map(({ pid }) => pid));
    await sleep(seconds * 1000);
    const { cpuSeconds, wallSeconds } = meter.read();
    return (cpuSeconds * 100) / wallSeconds;
  } finally {
    await Promise.all(children.map((child) => stop(child, 'SIGKILL')));
  }
}
