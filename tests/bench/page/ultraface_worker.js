// UltraFace on frames of live video, in a worker as ours.
import { DETECTORS } from './detectors.js';

const { load, threshold } = DETECTORS['UltraFace RFB-320'];
const loading = load(1);
loading.then(() => postMessage('ready'));

addEventListener('message', async ({ data: frame }) => {
  const detector = await loading;
  const begun = performance.now();
  const bitmap = await createImageBitmap(frame);
  frame.close();
  const { faces } = await detector.detect({ bitmap }, threshold);
  bitmap.close();
  postMessage({ faces, ms: performance.now() - begun });
});
