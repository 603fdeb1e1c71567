/**
 * Keeps the pictures of a tab on this machine until the tab is closed, so that a reload or another
 * page of the site loses nothing. Files, results and corrections lie in IndexedDB under the tab's own
 * number; what tabs that are gone have left is deleted by the next one.
 */
import type { Batch, Picture } from './batch.ts';
import { Corrections, type KeptCorrections } from './corrections.ts';
import { remember, remembered } from './strings/index.ts';

const DATABASE = 'masklens-session';
const STORE = 'pictures';
/** Of the tab's number, in the storage that a reload keeps and closing forgets. */
const TAB_KEY = 'masklens-tab';
const SWITCH_KEY = 'masklens-keep';
/** Changes are written together after this time. */
const WRITE_AFTER_MS = 400;
/** Pictures written in one turn; more would hold up the page. */
const WRITE_AT_ONCE = 20;
/** Share of what the browser would still give that is used at most. */
const SHARE_OF_QUOTA = 0.5;

/** A file where the browser keeps no files, as WebKit in private windows. */
interface Bare {
  bytes: ArrayBuffer;
  name: string;
  type: string;
  lastModified: number;
}

/** What is written of a picture. `key` begins with the tab's number and keeps the order. */
interface Kept {
  key: string;
  file: File | Bare;
  path: string;
  status: Picture['status'];
  result: Picture['result'];
  animation: Picture['animation'];
  damaged: boolean;
  failure: Picture['failure'];
  corrections: KeptCorrections | null;
}

const asPromise = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'key' });
  return asPromise(request);
}

const bared = async (file: File): Promise<Bare> => {
  const { name, type, lastModified } = file;
  return { bytes: await file.arrayBuffer(), name, type, lastModified };
};

const fileOf = (kept: File | Bare): File =>
  kept instanceof File
    ? kept
    : new File([kept.bytes], kept.name, { type: kept.type, lastModified: kept.lastModified });

const lockOf = (tab: string): string => `masklens-tab-${tab}`;
const rangeOf = (tab: string): IDBKeyRange => IDBKeyRange.bound(`${tab}/`, `${tab}0`, false, true);

/** Takes the tab's number for as long as the page lives; false where another page has it. */
function take(tab: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { signal: AbortSignal.timeout(1000) };
    navigator.locks
      .request(lockOf(tab), options, () => {
        resolve(true);
        return new Promise<void>(() => {});
      })
      .catch(() => resolve(false));
  });
}

/** Fires `change` when what it says of itself changes. */
export class Session extends EventTarget {
  keeping = remembered(SWITCH_KEY) !== 'no';
  /** There is no room to keep all of it, or no storage at all: the page asks before it is left. */
  full = false;
  readonly #batch: Batch;
  #tab = '';
  #database: IDBDatabase | null = null;
  readonly #written = new Map<Picture, string>();
  /** Keys outlive removal: what is put back goes where it was. */
  readonly #keys = new WeakMap<Picture, string>();
  readonly #dirty = new Set<Picture>();
  #timer = 0;
  #bytes = 0;
  #next = 0;
  /** Files are refused here: their bytes are written. */
  #bare = false;

  constructor(batch: Batch) {
    super();
    this.#batch = batch;
  }

  /** Puts back what the tab had before it was loaded again, and follows the batch from then on. */
  async begin(): Promise<void> {
    addEventListener('beforeunload', (event) => {
      if (this.#batch.pictures.length > 0 && (!this.keeping || this.full)) event.preventDefault();
    });
    addEventListener('pagehide', () => void this.#write());
    try {
      const before = sessionStorage.getItem(TAB_KEY);
      if (before && this.keeping) await this.#putBack(before);
      // Switched off, and left before all was deleted.
      else if (before) await this.#delete(before);
    } catch {
      // Storage is blocked or broken: nothing was kept, and nothing will be.
    }
    this.#batch.addEventListener('list', () => this.#compare());
    this.#batch.addEventListener('picture', (event) => {
      const picture = (event as CustomEvent<Picture>).detail;
      if (picture.status !== 'working') this.#later(picture);
    });
    this.#compare();
  }

  setKeeping(keeping: boolean): void {
    this.keeping = keeping;
    remember(SWITCH_KEY, keeping ? 'yes' : 'no');
    if (keeping) this.#compare();
    else void this.#forgetAll();
    this.#changed();
  }

  async #putBack(before: string): Promise<void> {
    // A copied tab has the number of the one it was copied from, which goes on using it.
    if (!(await take(before))) return;
    this.#tab = before;
    const database = await this.#open();
    const store = database.transaction(STORE).objectStore(STORE);
    const kept: Kept[] = await asPromise(store.getAll(rangeOf(before)));
    const pictures = this.#batch.putBack(
      kept.map(({ key: _, corrections, ...one }) => ({
        ...one,
        file: fileOf(one.file),
        status: one.status === 'working' ? 'waiting' : one.status,
        corrections:
          one.result && corrections ? Corrections.from(corrections, one.result) : new Corrections(),
      })),
    );
    pictures.forEach((picture, index) => {
      const { key } = kept[index]!;
      this.#written.set(picture, key);
      this.#keys.set(picture, key);
      this.#next = Math.max(this.#next, Number(key.split('/')[1]) + 1);
      this.#bytes += picture.file.size;
    });
  }

  async #open(): Promise<IDBDatabase> {
    if (this.#database) return this.#database;
    this.#database = await openDatabase();
    if (!this.#tab) {
      this.#tab = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
      await take(this.#tab);
      sessionStorage.setItem(TAB_KEY, this.#tab);
    }
    void this.#sweep().catch(() => {});
    return this.#database;
  }

  /** Deletes what tabs have left that no longer live. */
  async #sweep(): Promise<void> {
    const { held = [], pending = [] } = await navigator.locks.query();
    const living = new Set([...held, ...pending].map(({ name }) => name));
    const store = this.#database!.transaction(STORE, 'readwrite').objectStore(STORE);
    for (const key of await asPromise(store.getAllKeys())) {
      const tab = String(key).split('/')[0]!;
      if (tab !== this.#tab && !living.has(lockOf(tab))) store.delete(key);
    }
  }

  /** New pictures are written, those that are gone deleted. */
  #compare(): void {
    if (!this.keeping) return;
    const { pictures } = this.#batch;
    const there = new Set(pictures);
    for (const picture of pictures) if (!this.#written.has(picture)) this.#later(picture);
    if ([...this.#written.keys()].some((picture) => !there.has(picture))) this.#schedule();
  }

  #later(picture: Picture): void {
    if (!this.keeping) return;
    this.#dirty.add(picture);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== 0) return;
    this.#timer = window.setTimeout(() => void this.#write(), WRITE_AFTER_MS);
  }

  /** Everything that is to be kept is kept. */
  get settled(): boolean {
    return this.keeping && !this.full && this.#timer === 0 && this.#dirty.size === 0;
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!this.keeping) return;
    try {
      const database = await this.#open();
      const turn = [...this.#dirty].slice(0, WRITE_AT_ONCE);
      // Read before there is a transaction, which would not wait.
      const files = new Map<Picture, Bare>();
      if (this.#bare) for (const one of turn) files.set(one, await bared(one.file));
      const store = database.transaction(STORE, 'readwrite').objectStore(STORE);
      const there = new Set(this.#batch.pictures);
      for (const [picture, key] of this.#written) {
        if (there.has(picture)) continue;
        store.delete(key);
        this.#written.delete(picture);
        this.#bytes -= picture.file.size;
      }
      for (const picture of turn) {
        this.#dirty.delete(picture);
        if (there.has(picture)) this.#put(store, picture, files.get(picture) ?? picture.file);
      }
      await new Promise((resolve, reject) => {
        store.transaction.oncomplete = resolve;
        store.transaction.onabort = () => reject(store.transaction.error);
      });
      if (this.#dirty.size > 0) this.#schedule();
      await this.#checkRoom();
      this.#changed();
    } catch {
      this.#setFull(true);
    }
  }

  #put(store: IDBObjectStore, picture: Picture, file: File | Bare): void {
    const key = this.#keys.get(picture) ?? `${this.#tab}/${String(this.#next++).padStart(9, '0')}`;
    if (!this.#written.has(picture)) this.#bytes += picture.file.size;
    this.#written.set(picture, key);
    this.#keys.set(picture, key);
    const { path, status, result, animation, damaged, failure, corrections } = picture;
    const kept: Kept = {
      ...{ key, file, path, status, result, animation, damaged, failure },
      corrections: result && corrections.keep(result),
    };
    const refused = () => {
      if (file instanceof File && !this.#bare) this.#bare = true;
      else if (!(file instanceof File)) return this.#setFull(true);
      this.#later(picture);
    };
    try {
      store.put(kept).onerror = (event) => {
        event.preventDefault();
        refused();
      };
    } catch {
      refused();
    }
  }

  async #checkRoom(): Promise<void> {
    const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
    if (quota > 0 && this.#bytes > SHARE_OF_QUOTA * (quota - usage + this.#bytes))
      this.#setFull(true);
    else if (this.full && this.#batch.pictures.length === 0) this.#setFull(false);
  }

  async #delete(tab: string): Promise<void> {
    const database = await openDatabase();
    await asPromise(
      database.transaction(STORE, 'readwrite').objectStore(STORE).delete(rangeOf(tab)),
    );
    database.close();
  }

  async #forgetAll(): Promise<void> {
    this.#dirty.clear();
    this.#written.clear();
    this.#bytes = 0;
    try {
      if (!this.#tab) return;
      const database = await this.#open();
      database.transaction(STORE, 'readwrite').objectStore(STORE).delete(rangeOf(this.#tab));
    } catch {
      // Nothing was kept.
    }
  }

  #setFull(full: boolean): void {
    if (this.full === full) return;
    this.full = full;
    this.#changed();
  }

  #changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}
