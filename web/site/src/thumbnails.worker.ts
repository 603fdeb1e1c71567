/** Encodes small pictures and cuts out faces away from the page's thread. */
import type { ThumbnailAnswer, ThumbnailRequest } from './thumbnails.ts';

const post = (answer: ThumbnailAnswer, transfer: Transferable[] = []) =>
  (self as unknown as Worker).postMessage(answer, transfer);

function encode(picture: ImageBitmap): Promise<Blob> {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext('bitmaprenderer')!.transferFromImageBitmap(picture);
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.82 });
}

function cut(
  picture: ImageBitmap,
  boxes: { x: number; y: number; side: number }[],
  side: number,
): ImageBitmap[] {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d', { alpha: false })!;
  return boxes.map((box) => {
    context.fillStyle = '#808080';
    context.fillRect(0, 0, side, side);
    context.imageSmoothingQuality = 'high';
    context.drawImage(picture, box.x, box.y, box.side, box.side, 0, 0, side, side);
    return canvas.transferToImageBitmap();
  });
}

self.onmessage = async ({ data }: MessageEvent<ThumbnailRequest>) => {
  try {
    if (data.kind === 'encode') {
      post({ id: data.id, thumbnail: await encode(data.picture) });
    } else {
      const crops = cut(data.picture, data.boxes, data.side);
      post({ id: data.id, crops }, crops);
    }
  } catch (error) {
    post({ id: data.id, error: String(error) });
  } finally {
    data.picture.close();
  }
};
