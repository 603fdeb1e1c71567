/**
 * Classes of browsers and Node that public values are made of. Programs are type-checked with the
 * DOM's library, with the one for workers, with Node's types or with none of them: each name means
 * the class where it is declared. A kind of input that is declared nowhere cannot be passed there.
 */

/** The instances of a global class; `Otherwise` where the program's libraries do not declare it. */
type Instance<Name extends string, Otherwise = never> = typeof globalThis extends {
  [K in Name]: { prototype: infer T };
}
  ? T
  : Otherwise;

/** What of a `Blob` can be relied on where no library declares it. */
interface BlobContent {
  readonly size: number;
  readonly type: string;
  arrayBuffer(): Promise<ArrayBuffer>;
  text(): Promise<string>;
}

/** What of an `AbortSignal` is used. */
interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** `Uint8ClampedArray<ArrayBuffer>`, which TypeScript before 5.7 cannot say. */
export type OwnPixels = ReturnType<Uint8ClampedArray['slice']>;

export type Blob = Instance<'Blob', BlobContent>;
export type AbortSignal = Instance<'AbortSignal', Signal>;
export type URL = Instance<'URL', { readonly href: string }>;
export type Worker = Instance<'Worker'>;
export type ImageData = Instance<'ImageData'>;
export type ImageBitmap = Instance<'ImageBitmap'>;
export type OffscreenCanvas = Instance<'OffscreenCanvas'>;
export type HTMLCanvasElement = Instance<'HTMLCanvasElement'>;
export type HTMLImageElement = Instance<'HTMLImageElement'>;
export type HTMLVideoElement = Instance<'HTMLVideoElement'>;
export type VideoFrame = Instance<'VideoFrame'>;
export type CanvasRenderingContext2D = Instance<'CanvasRenderingContext2D'>;
export type OffscreenCanvasRenderingContext2D = Instance<'OffscreenCanvasRenderingContext2D'>;

declare global {
  interface SymbolConstructor {
    // As in the library esnext.disposable, which not every program has.
    readonly asyncDispose: unique symbol;
  }
}
