/** Reads the files of the assets folder, over HTTP or from disk, and counts the bytes. */
import type { ReportProgress } from '../api/crossing.js';
import { inNode } from '../api/environment.js';
import { aborted, MasklensError, messageOf, throwIfAborted } from '../api/errors.js';
import { classicHelp, classicPlace } from './classics.js';
import { Progress } from './progress.js';

type FileBytes = Uint8Array<ArrayBuffer>;
type Count = (bytes: number) => void;

const WASM_MAGIC = [0x00, 0x61, 0x73, 0x6d];
const HELP =
  'Copy the folder with `npx masklens copy-assets DIR` and pass its address as `assets`.';

/** Of the files that are asked for by version, the version; set by the build. */
declare const ASSET_VERSIONS: Record<string, string>;

export class Assets {
  readonly #folder: string;
  readonly #onDisk: boolean;
  readonly #progress = new Progress();

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
   * @throws MasklensError `asset-missing`, `aborted`
   */
  async read(name: string, signal?: AbortSignal, fresh = false): Promise<FileBytes> {
    if (this.#onDisk) return this.#readFromDisk(name, signal);
    return this.#fetch(name, signal, fresh ? 'reload' : 'default', async (response, count) => {
      const bytes = await readBody(response, count);
      if (!isPage(response)) return bytes;
      throw missing(this.url(name), 'The server answered with a page instead');
    });
  }

  /**
   * A WebAssembly file, compiled. Where the server names its type it is compiled while it arrives,
   * straight from the response: only then do browsers keep the compiled code beside their copy of
   * the file, and start from it the next time. That copy is taken unasked, for the address holds
   * the version; when anything is wrong with it the file is fetched anew.
   * @throws MasklensError `asset-missing`, `asset-not-wasm`, `aborted`
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
   * @throws MasklensError `asset-missing`, `aborted`
   */
  async run<T>(name: string, signal?: AbortSignal): Promise<T> {
    const url = this.url(name);
    try {
      return await import(/* @vite-ignore */ url);
    } catch (error) {
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
      throw notWasm(`${url} should be WebAssembly, but the server sent ${found}. ${HELP}`);
    }
    try {
      return await WebAssembly.compile(bytes);
    } catch (error) {
      throw notWasm(`${url} could not be compiled: ${messageOf(error)}`, error);
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
    try {
      const response = await fetch(version ? `${url}?${version}` : url, {
        cache,
        ...(signal && { signal }),
      });
      if (!response.ok) throw missing(url, `The server answered ${response.status}`);
      return await take(response, (count) => {
        counted += count;
        this.#progress.add(name, count);
      });
    } catch (error) {
      this.#progress.add(name, -counted);
      if (signal?.aborted) throw aborted(signal.reason);
      throw error instanceof MasklensError ? error : missing(url, messageOf(error), error);
    }
  }
}

/** The error of a file that is not there. `what` is a clause without a full stop. */
export function missing(url: string, what: string, cause?: unknown): MasklensError {
  const message = `${url} could not be loaded. ${what}. ${classicHelp(url) ?? HELP}`;
  return new MasklensError('asset-missing', message, { cause });
}

function notWasm(message: string, cause?: unknown): MasklensError {
  return new MasklensError('asset-not-wasm', message, { cause });
}

async function readFromDisk(url: string): Promise<FileBytes> {
  const { readFile } = await import('node:fs/promises');
  try {
    return new Uint8Array(await readFile(new URL(url)));
  } catch (error) {
    const place = classicPlace(url);
    if (place && place !== url) return readFromDisk(place);
    throw missing(url, messageOf(error), error);
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
