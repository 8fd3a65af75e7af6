// A process of its own that works on a log: bundled and started by processes.test.ts.
import { AuditLog } from '../../../src/audit/index.js';
import { signerOfScalar } from './signer.js';

interface Task {
  path: string;
  /** Private key in hex; absent: without a key. */
  scalar?: string;
  /** Entries to append; each is printed once it is durable. */
  append?: number;
  verify?: boolean;
}

const task: Task = JSON.parse(process.argv[2] as string);
const signer = task.scalar ? signerOfScalar(Buffer.from(task.scalar, 'hex')) : undefined;
const readOnly = task.verify ?? false;
const log = await AuditLog.open({ path: task.path, readOnly, ...(signer && { signer }) });
if (task.verify) process.stdout.write(`${JSON.stringify(await log.verify())}\n`);
for (let step = 1; step <= (task.append ?? 0); step++) {
  const { seq } = log.append({
    actor: `process ${process.pid}`,
    action: 'step',
    outcome: 'ok',
    detail: { step },
  });
  process.stdout.write(`${seq}\n`);
}
await log.close();
