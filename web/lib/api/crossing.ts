/** Values that cross between page and worker: pictures in forms that can be posted, progress. */
import type { LoadProgress } from './types.js';

/** A picture in one of the few forms that can be posted to a worker. */
export type Picture =
  | { kind: 'file'; data: Uint8Array | Blob }
  | { kind: 'pixels'; data: Uint8Array | Uint8ClampedArray; width: number; height: number }
  | { kind: 'bitmap'; bitmap: ImageBitmap }
  | { kind: 'frame'; frame: VideoFrame };

/** The content of a picture file. */
export type PictureFile = Extract<Picture, { kind: 'file' }>;

/** Is told of bytes as they arrive. */
export type ReportProgress = (progress: LoadProgress) => void;
