/** Small pictures of big ones, made in a worker of their own so that detection and scrolling go on. */
import type { Box } from '@masklens';

export type ThumbnailRequest =
  | { id: number; kind: 'shrink'; file: Blob; side: number }
  | {
      id: number;
      kind: 'crop';
      file: Blob;
      side: number;
      boxes: { x: number; y: number; side: number }[];
    };

export type ThumbnailAnswer =
  | { id: number; thumbnail: Blob }
  | { id: number; crops: ImageBitmap[] }
  | { id: number; error: string };

/** Longer side of a thumbnail, in pixels: twice a card's width, for dense screens. */
const THUMBNAIL_SIDE = 400;

let worker: Worker | null = null;
let nextId = 1;
const waiting = new Map<
  number,
  { resolve: (answer: ThumbnailAnswer) => void; reject: (why: Error) => void }
>();

/** Starts the worker, so that the first picture need not wait for it. */
export function startThumbnails(): Worker {
  if (worker) return worker;
  const started = new Worker(new URL('./thumbnails.worker.ts', import.meta.url), {
    type: 'module',
  });
  started.onmessage = ({ data }: MessageEvent<ThumbnailAnswer>) => {
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if ('error' in data) call?.reject(new Error(data.error));
    else call?.resolve(data);
  };
  started.onerror = () => {
    for (const call of waiting.values()) call.reject(new Error('The thumbnail worker stopped.'));
    waiting.clear();
    started.terminate();
    worker = null;
  };
  worker = started;
  return started;
}

function ask(request: ThumbnailRequest): Promise<ThumbnailAnswer> {
  const ready = startThumbnails();
  return new Promise((resolve, reject) => {
    waiting.set(request.id, { resolve, reject });
    ready.postMessage(request);
  });
}

/** A JPEG of the upright picture. Rejects when this browser cannot show the format. */
export async function thumbnail(file: Blob): Promise<Blob> {
  const answer = await ask({ id: nextId++, kind: 'shrink', file, side: THUMBNAIL_SIDE });
  if (!('thumbnail' in answer)) throw new Error('no thumbnail');
  return answer.thumbnail;
}

/** The square around a box with a margin of a fifth. */
function squareOf(box: Box): { x: number; y: number; side: number } {
  const side = Math.max(box.width, box.height) * 1.4;
  return { x: box.x + box.width / 2 - side / 2, y: box.y + box.height / 2 - side / 2, side };
}

/** Square cut-outs of one frame of an animation, `side` pixels each. Frames are small: no worker is needed. */
export function frameCrops(
  frame: ImageBitmap | VideoFrame,
  boxes: readonly Box[],
  side: number,
): Promise<ImageBitmap[]> {
  const size = { resizeWidth: side, resizeHeight: side, resizeQuality: 'medium' } as const;
  return Promise.all(
    boxes.map((box) => {
      const square = squareOf(box);
      const whole = Math.max(1, Math.round(square.side));
      return createImageBitmap(
        frame,
        Math.round(square.x),
        Math.round(square.y),
        whole,
        whole,
        size,
      );
    }),
  );
}

/** Square cut-outs around the boxes, `side` pixels each. */
export async function faceCrops(file: Blob, boxes: Box[], side: number): Promise<ImageBitmap[]> {
  const squares = boxes.map(squareOf);
  const answer = await ask({ id: nextId++, kind: 'crop', file, side, boxes: squares });
  return 'crops' in answer ? answer.crops : [];
}
