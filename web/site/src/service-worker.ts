/// <reference lib="webworker" />
/**
 * Keeps the site for use offline, makes pages cross-origin isolated on hosts that send no headers
 * (threads need it), and counts what is sent. Every file of the build has its hash in `BUILD`: what
 * is kept or served was compared with it, so that an installation in the middle of a deployment, or
 * a cache that lost something, mends itself. The build puts the facts in front of this file.
 */
declare const BUILD: {
  version: string;
  /** SHA-256 in hexadecimal of every file that pages may ask for, by path. */
  files: Record<string, string>;
  /** Paths of what is kept from the start; the other networks are kept when somebody uses them. */
  kept: string[];
  /** Paths of what hardly anybody needs: kept after all else, if it is no trouble. */
  spare: string[];
  /** What WebAssembly files are asked for with, by path. */
  versions: Record<string, string>;
};

// A script, not a module: browsers' support for modules here came late, and nothing is imported.
{
  const worker = self as unknown as ServiceWorkerGlobalScope;
  const PREFIX = `masklens ${worker.registration.scope} `;
  const CACHE = PREFIX + BUILD.version;
  const SHARED = 'masklens shared pictures';

  /** What pages are told: everything is kept; there is no room for it; or not, for another reason. */
  type Kept = 'ready' | 'full' | 'no';

  const here = (path: string): string => new URL(path, worker.registration.scope).href;

  /** Whether the answer holds the file of this build. Reads it to its end. */
  async function isOurs(answer: Response, path: string): Promise<boolean> {
    const digest = await crypto.subtle.digest('SHA-256', await answer.arrayBuffer());
    const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0'));
    return hex.join('') === BUILD.files[path];
  }

  /** The server has a file of another build, most likely because a newer one is being put there. */
  class OtherBuild extends Error {}

  /**
   * The file from the server, after a look at it. What the browser's own cache holds may be old: then
   * the server itself is asked.
   */
  async function fetchOurs(path: string, request: RequestInfo, how?: RequestInit) {
    let last: Response | null = null;
    for (const init of [how, { ...how, cache: 'reload' } as const]) {
      const answer = await fetch(request, init);
      if (!answer.ok) return { answer, ours: false };
      if (await isOurs(answer.clone(), path)) return { answer, ours: true };
      last = answer;
    }
    return { answer: last!, ours: false };
  }

  async function keep(cache: Cache, path: string, priority?: RequestPriority): Promise<void> {
    // Asks the server whether the browser's own copy is still good, so little is fetched twice.
    // WebAssembly has its version in its address: its own copy is good.
    const version = BUILD.versions[path];
    const address = here(version ? `${path}?${version}` : path);
    const { answer, ours } = await fetchOurs(path, address, {
      cache: version ? 'force-cache' : 'no-cache',
      ...(priority && { priority }),
    });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    if (!ours) throw new OtherBuild(address);
    await cache.put(here(path), answer);
  }

  /**
   * Adds what is missing or spoilt. All or nothing where there is no room; for want of a network what is kept
   * stays, for it may be all that this device has.
   */
  async function keepAll(): Promise<Kept> {
    const cache = await caches.open(CACHE);
    const missing: string[] = [];
    for (const path of BUILD.kept) if (!(await fromCache(here(path), path))) missing.push(path);
    const ends = await Promise.allSettled(missing.map((path) => keep(cache, path)));
    const failed = ends.find((end) => end.status === 'rejected');
    if (!failed) return 'ready';
    if ((failed.reason as Error)?.name !== 'QuotaExceededError') throw failed.reason;
    await caches.delete(CACHE);
    return 'full';
  }

  /** Of an installation that fails nothing stays: another build comes in its place. */
  async function install(): Promise<void> {
    try {
      await keepAll();
    } catch (error) {
      await caches.delete(CACHE);
      throw error;
    }
  }

  /**
   * Adds the spare files, after all else and quietly: without them nearly everything works. Not where
   * people pay by the byte; what fails is tried again at the next visit. Says whether they are there.
   */
  async function keepSpare(): Promise<boolean> {
    try {
      const cache = await caches.open(CACHE);
      const { connection } = navigator as { connection?: { saveData?: boolean } };
      for (const path of BUILD.spare) {
        if (await cache.match(here(path))) continue;
        if (connection?.saveData) return false;
        await keep(cache, path, 'low');
      }
      return true;
    } catch {
      return false;
    }
  }

  let keeping: Promise<Kept> | null = null;

  /** What there is to say of offline use, after an attempt to add what is missing. One at a time. */
  function complete(): Promise<Kept> {
    keeping ??= keepAll()
      .catch((error: unknown): Kept => {
        if (error instanceof OtherBuild) void worker.registration.update().catch(() => {});
        return 'no';
      })
      .finally(() => {
        keeping = null;
      });
    return keeping;
  }

  let sparing: Promise<boolean> | null = null;

  /** Says what is kept, and later that the spare files are, too. */
  async function tellKept(port: MessagePort | undefined): Promise<void> {
    const kept = await complete();
    port?.postMessage(kept);
    if (kept !== 'ready') return;
    sparing ??= keepSpare().finally(() => {
      sparing = null;
    });
    if (await sparing) port?.postMessage('spare');
  }

  async function dropOld(): Promise<void> {
    for (const name of await caches.keys()) {
      if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
    }
  }

  /**
   * The address under which a request is kept, and the path of the file; null where the build has none.
   * A folder means its index, queries say nothing, and hosts may show `live.html` as `live`.
   */
  function keyOf(url: string): { key: string; path: string | null } {
    const address = new URL(url);
    address.search = '';
    address.hash = '';
    if (address.pathname.endsWith('/')) address.pathname += 'index.html';
    for (const key of [address.href, `${address.href}.html`]) {
      const path = pathOf(key);
      if (Object.hasOwn(BUILD.files, path)) return { key, path };
    }
    return { key: address.href, path: null };
  }

  /** Below the folder of the site. What cannot be read as a path is none of ours. */
  function pathOf(key: string): string {
    try {
      return decodeURI(key.slice(worker.registration.scope.length));
    } catch {
      return '';
    }
  }

  /** What starts a page or a worker: isolation is decided by its headers, and by no others. */
  const STARTS = /^(document|iframe|frame|worker|sharedworker)$/;

  /**
   * Adds the headers that isolate, where they matter and are missing. All else passes as it is: of
   * an answer that was put together here, browsers keep no compiled code. One that came by way of a
   * redirection, as `live.html` does from hosts that show it as `live`, they take for no page.
   */
  function isolated(response: Response, request: Request): Response {
    if (!STARTS.test(request.destination) || response.type === 'opaque') return response;
    const isolates = response.headers.has('Cross-Origin-Embedder-Policy');
    if (response.status === 0 || (isolates && !response.redirected)) return response;
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

  /** Out of the cache, if it is what the build says. Taken twice: of a read copy no code is kept. */
  async function fromCache(key: string, path: string): Promise<Response | undefined> {
    try {
      const cache = await caches.open(CACHE);
      const kept = await cache.match(key);
      if (!kept) return undefined;
      if (await isOurs(kept, path)) return await cache.match(key);
      await cache.delete(key);
    } catch {
      // Storage is broken or gone: the server has the file.
    }
    return undefined;
  }

  async function answer(event: FetchEvent): Promise<Response> {
    const { request } = event;
    const { key, path } = keyOf(request.url);
    if (path === null) return isolated(await fetch(request), request);
    const kept = await fromCache(key, path);
    if (kept) return isolated(kept, request);
    const { answer: fetched, ours } = await fetchOurs(path, request);
    if (ours) {
      // The page does not wait for this, and has its file also where there is no room for it.
      const copy = fetched.clone();
      event.waitUntil(
        caches
          .open(CACHE)
          .then((cache) => cache.put(key, copy))
          .catch(() => {}),
      );
    } else if (fetched.ok) {
      // Of another build: the page may or may not get along with it. The next build's worker will.
      event.waitUntil(worker.registration.update().then(tellOther, tellOther));
    }
    return isolated(fetched, request);
  }

  /**
   * Pictures that were shared with the installed page wait here until the page takes them. What finds no
   * room is named behind the `#`, which no server sees.
   */
  async function takeShared(request: Request): Promise<Response> {
    const lost = new URLSearchParams();
    const form = await request.formData().catch(() => new FormData());
    for (const [index, file] of form.getAll('pictures').entries()) {
      if (typeof file === 'string') continue;
      const headers = { 'Content-Type': file.type, 'X-Name': encodeURIComponent(file.name) };
      try {
        const cache = await caches.open(SHARED);
        await cache.put(here(`share-target/${index}`), new Response(file, { headers }));
      } catch {
        lost.append('lost', file.name);
      }
    }
    return Response.redirect(here(`?shared#${lost}`), 303);
  }

  async function tell(message: unknown): Promise<void> {
    for (const page of await worker.clients.matchAll({ includeUncontrolled: true }))
      page.postMessage(message);
  }

  const tellOther = (): Promise<void> => tell({ otherBuild: true });

  /** Tells every page how many bytes of body a request carried. None of ours carries any. */
  async function count(request: Request): Promise<void> {
    await tell({ sent: (await request.arrayBuffer()).byteLength });
  }

  // Fails where the server has another build's files: the browser then asks for that build's worker.
  worker.addEventListener('install', (event) => event.waitUntil(install()));

  worker.addEventListener('activate', (event) =>
    event.waitUntil(dropOld().then(() => worker.clients.claim())),
  );

  worker.addEventListener('message', (event) => {
    // A page that was told of a new version asks for it.
    if (event.data === 'take over') void worker.skipWaiting();
    if (event.data === 'kept?') event.waitUntil(tellKept(event.ports[0]));
  });

  worker.addEventListener('fetch', (event) => {
    const { request } = event;
    // Another program of this device hands over pictures: they go into the cache, not over the line.
    if (request.method === 'POST' && request.url === here('share-target')) {
      event.respondWith(takeShared(request));
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      event.waitUntil(count(request.clone()));
      return;
    }
    const url = new URL(request.url);
    // So the package asks for WebAssembly: the browser has compiled code beside its own copy, and
    // would not look for that had the file come from here. It asks again when that fails.
    if (request.cache === 'force-cache') return;
    if (request.method === 'GET' && url.href.startsWith(worker.registration.scope)) {
      event.respondWith(answer(event));
    }
  });
}
