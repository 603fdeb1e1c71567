/** Reads the files of the assets folder, over HTTP or from disk, and counts the bytes. */
import type { ReportProgress } from '../api/crossing.js';
import { inNode } from '../api/environment.js';
import {
  aborted,
  type ErrorSubject,
  MasklensError,
  messageOf,
  throwIfAborted,
} from '../api/errors.js';
import { classicHelp, classicPlace } from './classics.js';
import { Progress } from './progress.js';

type FileBytes = Uint8Array<ArrayBuffer>;
type Count = (bytes: number) => void;

// A server that sends nothing for so long will not go on. Slow ones send little, but they send.
const STALLED_MS = 30_000;
// Of a script only its end is heard of.
export const SCRIPT_MS = 60_000;

const WASM_MAGIC = [0x00, 0x61, 0x73, 0x6d];
const HELP =
  'Copy the folder with `npx masklens copy-assets DIR` (`--only all` copies every file) and pass its ' +
  'address as `assets`.';

/** Of the files that are asked for by version, the version; set by the build. */
declare const ASSET_VERSIONS: Record<string, string>;

export class Assets {
  readonly #folder: string;
  readonly #onDisk: boolean;
  readonly #progress = new Progress();
  /** How often scripts could not be run. */
  readonly #failed = new Map<string, number>();

  /** `folder` is an absolute http(s): or file: address that ends with a slash. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#onDisk = folder.startsWith('file:') && inNode();
  }

  /** The absolute address of a file. */
  url(name: string): string {
    return new URL(name, this.#folder).href;
  }

  /** Announces files that are going to be read, or are being read, with their sizes in bytes. */
  expect(sizes: Record<string, number>): void {
    this.#progress.expect(sizes);
  }

  /** No more files will be announced: the total is known, and bytes are reported to `report`. */
  reportTo(report: ReportProgress): void {
    this.#progress.begin(report);
  }

  /** Nothing is reported any more. */
  reportNoMore(): void {
    this.#progress.end();
  }

  /**
   * The content of a file. `fresh` goes past the HTTP cache.
   * @throws MasklensError `asset-missing`, `network`, `aborted`
   */
  async read(name: string, signal?: AbortSignal, fresh = false): Promise<FileBytes> {
    if (this.#onDisk) return this.#readFromDisk(name, signal);
    return this.#fetch(name, signal, fresh ? 'reload' : 'default', async (response, count) => {
      const bytes = await readBody(response, count);
      if (!isPage(response)) return bytes;
      throw missingFile(this.url(name), 'The server answered with a page instead');
    });
  }

  /**
   * A WebAssembly file, compiled. Where the server names its type it is compiled while it arrives,
   * straight from the response: only then do browsers keep the compiled code beside their copy of
   * the file, and start from it the next time. That copy is taken unasked, for the address holds
   * the version; when anything is wrong with it the file is fetched anew.
   * @throws MasklensError `asset-missing`, `asset-not-wasm`, `network`, `aborted`
   */
  async compile(name: string, signal?: AbortSignal): Promise<WebAssembly.Module> {
    if (this.#onDisk) return this.#compileBytes(name, await this.#readFromDisk(name, signal));
    const arriving = async (response: Response, count: Count) => {
      if (response.headers.get('content-type') !== 'application/wasm')
        return this.#compileBytes(name, await readBody(response, count), isPage(response));
      const module = WebAssembly.compileStreaming(response.clone());
      module.catch(() => undefined);
      await eachPart(response, (part) => count(part.length));
      return module;
    };
    try {
      return await this.#fetch(name, signal, 'force-cache', arriving);
    } catch {
      throwIfAborted(signal);
      return this.#fetch(name, signal, 'reload', async (response, count) =>
        this.#compileBytes(name, await readBody(response, count), isPage(response)),
      );
    }
  }

  /**
   * What a script of the folder exports.
   * @throws MasklensError `asset-missing`, `network`, `aborted`
   */
  async run<T>(name: string, signal?: AbortSignal): Promise<T> {
    const url = this.url(name);
    const failed = this.#failed.get(name) ?? 0;
    // Firefox and WebKit remember a script that did not come: under another address it is asked for anew.
    const address = failed > 0 ? `${url}?again=${failed}` : url;
    try {
      const script: T & object = await within(SCRIPT_MS, import(/* @vite-ignore */ address));
      if (!Object.keys(script).length) throw new Error('nothing is in it');
      return script;
    } catch (error) {
      this.#failed.set(name, failed + 1);
      // The import says little of what went wrong. Reading the file tells a missing one.
      await this.read(name, signal, true);
      throw missing(url, `It could not be run: ${messageOf(error)}`, error);
    }
  }

  async #compileBytes(
    name: string,
    bytes: FileBytes,
    fromPage = false,
  ): Promise<WebAssembly.Module> {
    const url = this.url(name);
    if (!WASM_MAGIC.every((byte, index) => bytes[index] === byte)) {
      const found = fromPage ? 'an HTML page' : 'something else';
      throw notWasm(url, `${url} should be WebAssembly, but the server sent ${found}. ${HELP}`);
    }
    try {
      return await WebAssembly.compile(bytes);
    } catch (error) {
      throw notWasm(url, `${url} could not be compiled: ${messageOf(error)}`, error);
    }
  }

  async #readFromDisk(name: string, signal: AbortSignal | undefined): Promise<FileBytes> {
    throwIfAborted(signal);
    const bytes = await readFromDisk(this.url(name));
    throwIfAborted(signal);
    this.#progress.add(name, bytes.length);
    return bytes;
  }

  /** What `take` makes of the response; it reads the body and counts the bytes. */
  async #fetch<T>(
    name: string,
    signal: AbortSignal | undefined,
    cache: RequestCache,
    take: (response: Response, count: Count) => Promise<T>,
  ): Promise<T> {
    throwIfAborted(signal);
    const url = this.url(name);
    const version = ASSET_VERSIONS[name];
    let counted = 0;
    const own = new AbortController();
    const giveUp = () => own.abort(signal?.reason);
    const stall = () => own.abort(new Error(`nothing came for ${STALLED_MS / 1000} seconds`));
    let timer = setTimeout(stall, STALLED_MS);
    signal?.addEventListener('abort', giveUp);
    try {
      const response = await fetch(version ? `${url}?${version}` : url, {
        cache,
        signal: own.signal,
      });
      if (!response.ok) throw refused(url, response.status);
      return await take(response, (count) => {
        clearTimeout(timer);
        timer = setTimeout(stall, STALLED_MS);
        counted += count;
        this.#progress.add(name, count);
      });
    } catch (error) {
      this.#progress.add(name, -counted);
      if (signal?.aborted) throw aborted(signal.reason);
      throw error instanceof MasklensError ? error : unreachable(url, own.signal.reason ?? error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
  }
}

/** The error of a file that is not there. `what` is a clause without a full stop, `help` a sentence. */
export function missing(url: string, what: string, cause?: unknown, help = HELP): MasklensError {
  const message = `${url} could not be loaded. ${what}. ${help}`;
  return new MasklensError('asset-missing', message, { cause, ...fileAt(url) });
}

/** The same for any file of the folder; networks may be those of another package. */
function missingFile(url: string, what: string, cause?: unknown): MasklensError {
  return missing(url, what, cause, classicHelp(url) ?? HELP);
}

/** The error of a file that could not be asked for, or did not come whole. */
export function unreachable(url: string, cause: unknown): MasklensError {
  const offline = (globalThis.navigator as { onLine?: boolean } | undefined)?.onLine === false;
  const what = offline
    ? 'This device is offline'
    : 'The server cannot be reached, broke off, or does not allow this page to read the file';
  return new MasklensError(
    'network',
    `${url} could not be loaded. ${what} (${messageOf(cause)}). Try again later.`,
    { cause, ...fileAt(url) },
  );
}

/** The error of a file that the server does not give. What is its own passing trouble is not that the file is missing. */
export function refused(url: string, status: number): MasklensError {
  const passing = status >= 500 || status === 408 || status === 429;
  if (!passing) return missingFile(url, `The server answered ${status}`);
  return new MasklensError(
    'network',
    `${url} could not be loaded. The server answered ${status}. Try again later.`,
    fileAt(url),
  );
}

function fileAt(url: string): ErrorSubject {
  return { file: url.replace(/[?#].*$/, '').replace(/^.*\//, ''), url };
}

/** What `promise` gives, or an error when that takes too long. */
export function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const end = new Promise<never>((_, reject) => {
    const late = () => reject(new Error(`it did not come within ${milliseconds / 1000} seconds`));
    timer = setTimeout(late, milliseconds);
  });
  return Promise.race([promise, end]).finally(() => clearTimeout(timer));
}

function notWasm(url: string, message: string, cause?: unknown): MasklensError {
  return new MasklensError('asset-not-wasm', message, { cause, ...fileAt(url) });
}

async function readFromDisk(url: string): Promise<FileBytes> {
  const { readFile } = await import('node:fs/promises');
  try {
    return new Uint8Array(await readFile(new URL(url)));
  } catch (error) {
    const place = classicPlace(url);
    if (place && place !== url) return readFromDisk(place);
    throw missingFile(url, messageOf(error), error);
  }
}

const isPage = (response: Response): boolean =>
  response.headers.get('content-type')?.startsWith('text/html') ?? false;

async function eachPart(response: Response, take: (part: Uint8Array) => void): Promise<void> {
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
    take(part.value);
}

async function readBody(response: Response, count: Count): Promise<FileBytes> {
  const parts: Uint8Array[] = [];
  let length = 0;
  await eachPart(response, (part) => {
    parts.push(part);
    length += part.length;
    count(part.length);
  });
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
