/// <reference lib="webworker" />
/**
 * Keeps the site for use offline, makes pages cross-origin isolated on hosts that send no headers
 * (threads need it), and counts what is sent. Written by hand: all of it fits on two screens.
 * The build puts the facts about itself in front of this file.
 */
declare const BUILD: {
  version: string;
  shell: string[];
  assets: string[];
  reports: string[];
  /** What WebAssembly files are asked for with, by path. */
  versions: Record<string, string>;
};

// A script, not a module: browsers' support for modules here came late, and nothing is imported.
{
  const worker = self as unknown as ServiceWorkerGlobalScope;
  const PREFIX = `masklens ${worker.registration.scope} `;
  const CACHE = PREFIX + BUILD.version;

  /** What a first visit may need; the other networks are kept when somebody uses them. */
  const NEEDED =
    /^(one-stage-accurate|one-stage-fast|pnet|rnet|onet|classifier)\.onnx$|^(?!.*\.onnx$)/;
  /** The runtime of Node, and the one that stands in for the trimmed one where that lacks something. */
  const SELDOM = ['node.js', 'ort-wasm-simd-threaded.wasm'];

  const here = (path: string): string => new URL(path, worker.registration.scope).href;

  async function keepAll(): Promise<void> {
    const cache = await caches.open(CACHE);
    const paths = [
      ...BUILD.shell,
      ...BUILD.assets
        .filter((name) => NEEDED.test(name) && !SELDOM.includes(name))
        .map((name) => `masklens/${name}`),
      ...BUILD.reports.map((name) => `reports/${name}`),
    ];
    // Asks the server whether the browser's own copy is still good, so little is fetched twice.
    // WebAssembly has its version in its address: its own copy is good.
    await Promise.all(
      paths.map(async (path) => {
        const version = BUILD.versions[path];
        const address = here(version ? `${path}?${version}` : path);
        const answer = await fetch(address, { cache: version ? 'force-cache' : 'no-cache' });
        if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
        await cache.put(here(path), answer);
      }),
    );
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

  /** What starts a page or a worker: isolation is decided by its headers, and by no others. */
  const STARTS = /^(document|iframe|frame|worker|sharedworker)$/;

  /**
   * Adds the headers that isolate, where they matter and are missing. All else passes as it is: of
   * an answer that was put together here, browsers keep no compiled code.
   */
  function isolated(response: Response, request: Request): Response {
    if (!STARTS.test(request.destination) || response.type === 'opaque') return response;
    if (response.status === 0 || response.headers.has('Cross-Origin-Embedder-Policy'))
      return response;
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
    if (kept) return isolated(kept, request);
    const fetched = await fetch(request);
    const ours = key.startsWith(here('masklens/'));
    if (ours && fetched.ok) await cache.put(key, fetched.clone());
    return isolated(fetched, request);
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
    // So the package asks for WebAssembly: the browser has compiled code beside its own copy, and
    // would not look for that had the file come from here. It asks again when that fails.
    if (request.cache === 'force-cache') return;
    if (request.method === 'GET' && url.href.startsWith(worker.registration.scope)) {
      event.respondWith(answer(request));
    }
  });
}
