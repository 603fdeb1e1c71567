/** Shrinks pictures and cuts out faces away from the page's thread. */
import type { ThumbnailAnswer, ThumbnailRequest } from './thumbnails.ts';

const post = (answer: ThumbnailAnswer, transfer: Transferable[] = []) =>
  (self as unknown as Worker).postMessage(answer, transfer);

async function shrink(file: Blob, side: number): Promise<Blob> {
  const whole = await createImageBitmap(file);
  const scale = Math.min(1, side / Math.max(whole.width, whole.height));
  const width = Math.max(1, Math.round(whole.width * scale));
  const height = Math.max(1, Math.round(whole.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false })!;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(whole, 0, 0, width, height);
  whole.close();
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.82 });
}

async function cut(file: Blob, boxes: { x: number; y: number; side: number }[], side: number) {
  const whole = await createImageBitmap(file);
  const crops: ImageBitmap[] = [];
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d', { alpha: false })!;
  for (const box of boxes) {
    context.fillStyle = '#808080';
    context.fillRect(0, 0, side, side);
    context.imageSmoothingQuality = 'high';
    context.drawImage(whole, box.x, box.y, box.side, box.side, 0, 0, side, side);
    crops.push(canvas.transferToImageBitmap());
  }
  whole.close();
  return crops;
}

self.onmessage = async ({ data }: MessageEvent<ThumbnailRequest>) => {
  try {
    if (data.kind === 'shrink') {
      post({ id: data.id, thumbnail: await shrink(data.file, data.side) });
    } else {
      const crops = await cut(data.file, data.boxes, data.side);
      post({ id: data.id, crops }, crops);
    }
  } catch (error) {
    post({ id: data.id, error: String(error) });
  }
};
