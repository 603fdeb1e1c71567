/**
 * How further threads can be started from here. A page may be cross-origin isolated and still
 * refuse: where the isolating headers come from a service worker, workers that our worker starts
 * do not pass through it and are blocked, and whoever waits for them hangs. Workers from blob:
 * addresses inherit the headers and start. Under a Content-Security-Policy it is the other way
 * round. So both ways are tried with a script of one line before it matters.
 */

import { inNode } from '../api/environment.js';
import type { Assets } from './assets.js';

/** `direct`: by address. `blob`: by blob: address of the fetched script. `none`: not at all. */
export type ThreadStart = 'direct' | 'blob' | 'none';

// A worker that starts does so in a few milliseconds. A blocked one mostly says so at once.
const PATIENCE_MS = 2000;

export async function findThreadStart(assets: Assets, threads: number): Promise<ThreadStart> {
  if (threads <= 1) return 'none';
  if (inNode()) return 'direct';
  if (await canStart(assets.url('thread-check.js'))) return 'direct';
  const url = await blobUrl(assets, 'thread-check.js');
  try {
    return (await canStart(url)) ? 'blob' : 'none';
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The script as a blob: address. */
export async function blobUrl(assets: Assets, name: string): Promise<string> {
  const script = await assets.read(name);
  return URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
}

function canStart(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    let worker: Worker;
    try {
      worker = new Worker(url, { type: 'module' });
    } catch {
      // Of another origin, or forbidden by Trusted Types.
      resolve(false);
      return;
    }
    const timer = setTimeout(() => done(false), PATIENCE_MS);
    const done = (started: boolean) => {
      clearTimeout(timer);
      worker.terminate();
      resolve(started);
    };
    worker.onmessage = () => done(true);
    worker.onerror = (event) => {
      event.preventDefault();
      done(false);
    };
  });
}
