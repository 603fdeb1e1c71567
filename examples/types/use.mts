import { createDetector, environment, MasklensError, toCsv } from 'masklens';

export async function label(bytes: Uint8Array): Promise<unknown> {
  const detector = await createDetector({ threads: 1, limits: { maxPixels: 1e6 } });
  const result = await detector.detect(bytes, { minScore: 0.5 }).catch((error: unknown) => {
    if (error instanceof MasklensError && error.code === 'bad-image') return null;
    throw error;
  });
  if (!result) return environment().reason;
  const blob = await detector.annotate({ data: bytes, width: 1, height: 1 }, result);
  const png: ArrayBuffer = await blob.arrayBuffer();
  await detector.close();
  return [png, blob.size, toCsv([])];
}
