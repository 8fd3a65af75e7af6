// Reads what processes cost from /proc: CPU time to the nanosecond, memory, threads, switches.
import { readdirSync, readFileSync } from 'node:fs';

function field(text, name) {
  const match = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text);
  return match ? Number(match[1]) : 0;
}

function taskTotals(pid) {
  let nanoseconds = 0;
  let switches = 0;
  const tasks = readdirSync(`/proc/${pid}/task`);
  for (const task of tasks) {
    nanoseconds += Number(
      readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0],
    );
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
    switches +=
      field(status, 'voluntary_ctxt_switches') + field(status, 'nonvoluntary_ctxt_switches');
  }
  return { nanoseconds, switches, threads: tasks.length };
}

/** Measures a window over a fixed set of processes: starts when made, ends at read(). */
export class ProcessMeter {
  #pids;
  #start;
  #startTime;

  constructor(pids) {
    this.#pids = pids;
    this.#start = this.#totals();
    this.#startTime = process.hrtime.bigint();
  }

  #totals() {
    const sum = { nanoseconds: 0, switches: 0, threads: 0 };
    for (const pid of this.#pids) {
      const each = taskTotals(pid);
      sum.nanoseconds += each.nanoseconds;
      sum.switches += each.switches;
      sum.threads += each.threads;
    }
    return sum;
  }

  read() {
    const end = this.#totals();
    const wallSeconds = Number(process.hrtime.bigint() - this.#startTime) / 1e9;
    let resident = 0;
    let proportional = 0;
    for (const pid of this.#pids) {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
      resident += field(rollup, 'Rss');
      proportional += field(rollup, 'Pss');
    }
    return {
      wallSeconds,
      cpuSeconds: (end.nanoseconds - this.#start.nanoseconds) / 1e9,
      contextSwitches: end.switches - this.#start.switches,
      threads: end.threads,
      residentMiB: resident / 1024,
      proportionalMiB: proportional / 1024,
    };
  }
}
