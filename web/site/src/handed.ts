/** Pictures that are handed over: opened with the installed page or shared with it by other programs, or dropped on another page of the site. */
import { type Found, unreadable } from './files.ts';

/** As in `service-worker.ts`. */
const SHARED = 'masklens shared pictures';

interface LaunchQueue {
  setConsumer(consumer: (launch: { files?: readonly FileSystemFileHandle[] }) => void): void;
}

/** Leaves for the page of pictures with them. False where the browser cannot keep them on the way. */
export async function handOver(files: readonly File[]): Promise<boolean> {
  try {
    const cache = await caches.open(SHARED);
    for (const [index, file] of files.entries()) {
      const headers = { 'X-Name': encodeURIComponent(file.name), 'Content-Type': file.type };
      await cache.put(`./shared/${index}`, new Response(file, { headers }));
    }
  } catch {
    await caches.delete(SHARED).catch(() => {}); // or the next visit would find a part
    return false;
  }
  location.assign(new URL('./?shared', document.baseURI));
  return true;
}

/** Gives them to `take`, at once and whenever more are opened. */
export function takeHanded(take: (found: Found[]) => void): void {
  const { launchQueue } = globalThis as { launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(async ({ files = [] }) => {
    const opened = files.map((handle) =>
      handle.getFile().then(
        (file): Found => ({ file, path: file.name }),
        () => unreadable(handle.name),
      ),
    );
    if (opened.length > 0) take(await Promise.all(opened));
  });
  if (new URLSearchParams(location.search).has('shared')) void takeShared(take);
}

async function takeShared(take: (found: Found[]) => void): Promise<void> {
  const found = new URLSearchParams(location.hash.slice(1))
    .getAll('lost')
    .map((name) => unreadable(name));
  // Once: a reload must not take them again.
  history.replaceState(null, '', './');
  found.push(...(await keptPictures().catch(() => [])));
  if (found.length > 0) take(found);
}

async function keptPictures(): Promise<Found[]> {
  const cache = await caches.open(SHARED);
  const found: Found[] = [];
  for (const request of await cache.keys()) {
    const answer = await cache.match(request);
    if (!answer) continue;
    const name = decodeURIComponent(answer.headers.get('X-Name') ?? 'picture');
    const blob = await answer.blob();
    found.push({ file: new File([blob], name, { type: blob.type }), path: name });
  }
  await caches.delete(SHARED);
  return found;
}
