// The package itself, in Jest's own surroundings (jsdom, CommonJS).
const { readFileSync } = require('node:fs');
const { createDetector, MasklensError } = require('masklens');

test('a photo is labelled, and what is no picture is refused', async () => {
  const detector = await createDetector();
  const { faces } = await detector.detect(readFileSync('photo.jpg'));
  expect(faces.length).toBeGreaterThan(2);
  await expect(detector.detect(new Uint8Array(3))).rejects.toBeInstanceOf(MasklensError);
  await detector.close();
}, 60_000);
