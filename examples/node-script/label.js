import { readFile } from 'node:fs/promises';
import { createDetector } from 'masklens';

const detector = await createDetector();
for (const path of process.argv.slice(2)) {
  const { faces } = await detector.detect(await readFile(path));
  console.log(`${faces.length} faces: ${faces.map(({ label }) => label).join(', ')}`);
}
await detector.close();
