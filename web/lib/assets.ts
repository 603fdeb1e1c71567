/** Reads the files of the assets folder, over HTTP or from disk, and counts the bytes. */
import type { ReportProgress } from './backend.js';
import { inNode } from './environment.js';
import { aborted, MasklensError, messageOf, throwIfAborted } from './errors.js';

type FileBytes = Uint8Array<ArrayBuffer>;

const WASM_MAGIC = [0x00, 0x61, 0x73, 0x6d];
const HELP =
  'Copy the folder with `npx masklens copy-assets DIR` and pass its address as `assets`.';

export class Assets {
  readonly #folder: string;
  #progress: Progress | null = null;

  /** `folder` is an absolute http(s): or file: address that ends with a slash. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The absolute address of a file. */
  url(name: string): string {
    return new URL(name, this.#folder).href;
  }

  /** From here on bytes are reported to `report`, or to nobody when it is null. */
  reportTo(report: ReportProgress | null): void {
    this.#progress = report && new Progress(report);
  }

  /** Announces files that are going to be read, with their sizes in bytes. */
  expect(sizes: Record<string, number>): void {
    this.#progress?.expect(sizes);
  }

  /** No more files will be announced: the total is known, and reports can begin. */
  expectNoMore(): void {
    this.#progress?.begin();
  }

  /**
   * The content of a file. `fresh` goes past the HTTP cache.
   * @throws MasklensError `asset-missing`, `aborted`
   */
  async read(name: string, signal?: AbortSignal, fresh = false): Promise<FileBytes> {
    const { bytes, type } = await this.#read(name, signal, fresh);
    if (type.startsWith('text/html'))
      throw missing(this.url(name), 'The server answered with a page instead');
    return bytes;
  }

  /**
   * The content of a WebAssembly file.
   * @throws MasklensError `asset-missing`, `asset-not-wasm`, `aborted`
   */
  async readWasm(name: string, signal?: AbortSignal): Promise<FileBytes> {
    const { bytes, type } = await this.#read(name, signal, false);
    if (WASM_MAGIC.every((byte, index) => bytes[index] === byte)) return bytes;
    const found = type.startsWith('text/html') ? 'an HTML page' : 'something else';
    throw new MasklensError(
      'asset-not-wasm',
      `${this.url(name)} should be WebAssembly, but the server sent ${found}. ${HELP}`,
    );
  }

  async #read(
    name: string,
    signal: AbortSignal | undefined,
    fresh: boolean,
  ): Promise<{ bytes: FileBytes; type: string }> {
    throwIfAborted(signal);
    const url = this.url(name);
    if (url.startsWith('file:') && inNode()) {
      const bytes = await readFromDisk(url);
      throwIfAborted(signal);
      this.#progress?.add(name, bytes.length);
      return { bytes, type: '' };
    }
    let counted = 0;
    try {
      const response = await fetch(url, {
        cache: fresh ? 'reload' : 'default',
        ...(signal && { signal }),
      });
      if (!response.ok) throw missing(url, `The server answered ${response.status}`);
      const bytes = await readBody(response, (count) => {
        counted += count;
        this.#progress?.add(name, count);
      });
      return { bytes, type: response.headers.get('content-type') ?? '' };
    } catch (error) {
      this.#progress?.add(name, -counted);
      if (signal?.aborted) throw aborted(signal.reason);
      throw error instanceof MasklensError ? error : missing(url, messageOf(error), error);
    }
  }
}

/** Adds up the bytes of the files that were announced, which come at the same time. */
class Progress {
  readonly #report: ReportProgress;
  readonly #expected = new Set<string>();
  #loaded = 0;
  #total = 0;
  #begun = false;

  constructor(report: ReportProgress) {
    this.#report = report;
  }

  expect(sizes: Record<string, number>): void {
    for (const [file, bytes] of Object.entries(sizes)) {
      this.#expected.add(file);
      this.#total += bytes;
    }
  }

  begin(): void {
    this.#begun = true;
  }

  add(file: string, count: number): void {
    if (!this.#expected.has(file)) return;
    this.#loaded += count;
    if (this.#begun) this.#report({ file, loaded: this.#loaded, total: this.#total });
  }
}

/** The error of a file that is not there. `what` is a clause without a full stop. */
export function missing(url: string, what: string, cause?: unknown): MasklensError {
  const message = `${url} could not be loaded. ${what}. ${HELP}`;
  return new MasklensError('asset-missing', message, { cause });
}

async function readFromDisk(url: string): Promise<FileBytes> {
  const { readFile } = await import('node:fs/promises');
  try {
    return new Uint8Array(await readFile(new URL(url)));
  } catch (error) {
    throw missing(url, messageOf(error), error);
  }
}

async function readBody(response: Response, count: (bytes: number) => void): Promise<FileBytes> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    parts.push(part.value);
    length += part.value.length;
    count(part.value.length);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
