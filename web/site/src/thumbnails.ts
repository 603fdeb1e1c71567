/** Small pictures of big ones, encoded and cut in a worker of their own so that detection and scrolling go on. */
import type { Box, Detector } from '@masklens';
import { judgedPixels } from './pixels.ts';

export type ThumbnailRequest =
  | { id: number; kind: 'encode'; picture: ImageBitmap }
  | {
      id: number;
      kind: 'crop';
      picture: ImageBitmap;
      side: number;
      boxes: { x: number; y: number; side: number }[];
    };

export type ThumbnailAnswer =
  | { id: number; thumbnail: Blob }
  | { id: number; crops: ImageBitmap[] }
  | { id: number; error: string };

/** Longer side of a thumbnail, in pixels: twice a card's width, for dense screens. */
const THUMBNAIL_SIDE = 400;

/** A worker that owes answers and says nothing for so long has died, which nobody else tells. */
const SILENT_MS = 10_000;
/** One that never said anything is not tried again for so long: pictures go on without. */
const REST_MS = 60_000;

let worker: Worker | null = null;
let silence = 0;
let answered = false;
let restUntil = 0;
let nextId = 1;
const waiting = new Map<
  number,
  { resolve: (answer: ThumbnailAnswer) => void; reject: (why: Error) => void }
>();

/** The worker has died, or never came. */
class Stopped extends Error {}

/** Starts the worker, so that the first picture need not wait for it. */
export function startThumbnails(): Worker {
  if (worker) return worker;
  const started = new Worker(new URL('./thumbnails.worker.ts', import.meta.url), {
    type: 'module',
  });
  started.onmessage = ({ data }: MessageEvent<ThumbnailAnswer>) => {
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    answered = true;
    clearTimeout(silence);
    if (waiting.size > 0) listen();
    if ('error' in data) call?.reject(new Error(data.error));
    else call?.resolve(data);
  };
  started.onerror = stop;
  worker = started;
  return started;
}

/** The next picture has another worker. */
function stop(): void {
  clearTimeout(silence);
  worker?.terminate();
  worker = null;
  if (!answered) restUntil = performance.now() + REST_MS;
  answered = false;
  for (const call of waiting.values()) call.reject(new Stopped('The thumbnail worker stopped.'));
  waiting.clear();
}

function listen(): void {
  silence = window.setTimeout(stop, SILENT_MS);
}

/** The picture moves to the worker, which closes it; it is closed in any case. */
async function ask(request: ThumbnailRequest): Promise<ThumbnailAnswer> {
  if (performance.now() < restUntil) {
    request.picture.close();
    throw new Error('no thumbnail worker');
  }
  const ready = startThumbnails();
  return new Promise((resolve, reject) => {
    ready.postMessage(request, [request.picture]);
    if (waiting.size === 0) listen();
    waiting.set(request.id, { resolve, reject });
  });
}

/** A JPEG of the picture as it is judged. Rejects when neither the detector nor the browser can read it. */
export async function thumbnail(file: Blob, detector?: Detector): Promise<Blob> {
  const encoded = async () => {
    const picture = await judgedPixels(file, { maxSide: THUMBNAIL_SIDE, detector });
    return ask({ id: nextId++, kind: 'encode', picture });
  };
  const answer = await encoded().catch((error) => {
    // The picture went with the worker: once more, with another one.
    if (error instanceof Stopped) return encoded();
    throw error;
  });
  if (!('thumbnail' in answer)) throw new Error('no thumbnail');
  return answer.thumbnail;
}

/** The square around a box with a margin of a fifth, in a picture that is shown `scale` times as large. */
function squareOf(box: Box, scale: number): { x: number; y: number; side: number } {
  const side = Math.max(box.width, box.height) * 1.4;
  const [x, y] = [box.x + (box.width - side) / 2, box.y + (box.height - side) / 2];
  return { x: x * scale, y: y * scale, side: side * scale };
}

/**
 * Square cut-outs around the boxes, `side` pixels each. `width` is that of the picture which the
 * boxes belong to; what is cut from may be smaller.
 */
export async function cropsOf(
  picture: ImageBitmapSource,
  width: number,
  boxes: readonly Box[],
  side: number,
): Promise<ImageBitmap[]> {
  const copy = await createImageBitmap(picture);
  const squares = boxes.map((box) => squareOf(box, copy.width / width));
  const answer = await ask({ id: nextId++, kind: 'crop', picture: copy, side, boxes: squares });
  return 'crops' in answer ? answer.crops : [];
}

/** The same out of a file, as it is judged. */
export async function faceCrops(
  file: Blob,
  width: number,
  boxes: readonly Box[],
  side: number,
): Promise<ImageBitmap[]> {
  const picture = await judgedPixels(file);
  try {
    return await cropsOf(picture, width, boxes, side);
  } finally {
    picture.close();
  }
}
