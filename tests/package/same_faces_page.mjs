// The page's side of same_faces.test.mjs: runs in Chromium, uses nothing but the package.
import { createDetector, environment } from './dist/index.js';

export async function facesOf(names, threads) {
  const detector = await createDetector({ threads });
  const faces = {};
  for (const name of names)
    faces[name] = (await detector.detect(await (await fetch(name)).blob())).faces;
  const used = detector.threads;
  await detector.close();
  return { used, isolated: environment().isolated, faces };
}
