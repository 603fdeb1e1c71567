/// <reference lib="webworker" />
/**
 * Keeps the site for use offline, makes pages cross-origin isolated on hosts that send no headers
 * (threads need it), and counts what is sent. Written by hand: all of it fits on two screens.
 * The build puts the facts about itself in front of this file.
 */
declare const BUILD: { version: string; shell: string[]; assets: string[]; reports: string[] };

// A script, not a module: browsers' support for modules here came late, and nothing is imported.
{
  const worker = self as unknown as ServiceWorkerGlobalScope;
  const PREFIX = `masklens ${worker.registration.scope} `;
  const CACHE = PREFIX + BUILD.version;

  /** Networks a first visit may need; the others are kept when somebody uses them. */
  const NEEDED =
    /^(one-stage-accurate|one-stage-fast|pnet|rnet|onet|classifier)\.onnx$|^(?!.*\.onnx$)/;

  const here = (path: string): string => new URL(path, worker.registration.scope).href;

  async function keepAll(): Promise<void> {
    const cache = await caches.open(CACHE);
    const paths = [
      ...BUILD.shell,
      ...BUILD.assets.filter((name) => NEEDED.test(name)).map((name) => `masklens/${name}`),
      ...BUILD.reports.map((name) => `reports/${name}`),
    ];
    // Asks the server whether the browser's own copy is still good, so little is fetched twice.
    await cache.addAll(paths.map((path) => new Request(here(path), { cache: 'no-cache' })));
  }

  async function dropOld(): Promise<void> {
    for (const name of await caches.keys()) {
      if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
    }
  }

  /** The address under which a request is kept: a folder means its index, and queries say nothing. */
  function keyOf(url: string): string {
    const key = new URL(url);
    key.search = '';
    key.hash = '';
    if (key.pathname.endsWith('/')) key.pathname += 'index.html';
    return key.href;
  }

  function isolated(response: Response): Response {
    if (response.status === 0 || response.type === 'opaque') return response;
    const headers = new Headers(response.headers);
    headers.set('Cross-Origin-Opener-Policy', 'same-origin');
    headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
    headers.set('Cross-Origin-Resource-Policy', 'same-origin');
    const { status, statusText } = response;
    return new Response(status === 204 || status === 304 ? null : response.body, {
      status,
      statusText,
      headers,
    });
  }

  async function answer(request: Request): Promise<Response> {
    const cache = await caches.open(CACHE);
    const key = keyOf(request.url);
    const kept = await cache.match(key);
    if (kept) return isolated(kept);
    const fetched = await fetch(request);
    const ours = key.startsWith(here('masklens/'));
    if (ours && fetched.ok) await cache.put(key, fetched.clone());
    return isolated(fetched);
  }

  /** Tells every page how many bytes of body a request carried. None of ours carries any. */
  async function count(request: Request): Promise<void> {
    const sent = (await request.arrayBuffer()).byteLength;
    for (const page of await worker.clients.matchAll()) page.postMessage({ sent });
  }

  worker.addEventListener('install', (event) => event.waitUntil(keepAll()));

  worker.addEventListener('activate', (event) =>
    event.waitUntil(dropOld().then(() => worker.clients.claim())),
  );

  // A page that was told of a new version asks for it.
  worker.addEventListener('message', (event) => {
    if (event.data === 'take over') void worker.skipWaiting();
  });

  worker.addEventListener('fetch', (event) => {
    const { request } = event;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      event.waitUntil(count(request.clone()));
      return;
    }
    const url = new URL(request.url);
    if (request.method === 'GET' && url.href.startsWith(worker.registration.scope)) {
      event.respondWith(answer(request));
    }
  });
}
