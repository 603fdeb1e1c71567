/** The script of a thread that judges one picture after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { createDetector } from '../page/create.js';
import { type Job, judge } from './judge.js';
import type { ThreadData, ThreadMessage } from './judges.js';

const say = (message: ThreadMessage) => parentPort?.postMessage(message);
const { start, options } = workerData as ThreadData;

try {
  const detector = await createDetector(start);
  parentPort?.on('message', async (job: Job) => {
    for await (const line of judge(detector, job, options)) say({ kind: 'line', line });
    say({ kind: 'done' });
  });
  say({ kind: 'ready' });
} catch (error) {
  say({ kind: 'failed', error });
}
