// The declarations, in projects that import the package and check everything, libraries included.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { installed, program } from './packed.mjs';

const good = `
import {
  createDetector, drawOverlay, environment, MasklensError, toCsv, toRecord,
  type Detector, type Face, type Label, type Result,
} from 'masklens';
import { defineMaskLens, type MaskLensFailure } from 'masklens/element';

export function show(file: File, place: HTMLElement): void {
  defineMaskLens();
  const lens = document.createElement('mask-lens');
  lens.file = file;
  lens.quality = 'fast';
  lens.minScore = 0.4;
  lens.texts = { face: (n) => \`Visage \${n}\` };
  lens.addEventListener('masklens-result', ({ detail }) => console.log(detail.faces[0]?.label));
  lens.addEventListener('masklens-error', ({ detail }) => fail(detail));
  place.append(lens);
}
const fail = ({ code, message }: MaskLensFailure): void => console.log(code === 'unreachable', message);

export async function label(file: File, canvas: HTMLCanvasElement): Promise<Record<Label, number>> {
  const detector: Detector = await createDetector({
    detector: 'mtcnn', assets: '/masklens/', threads: 'auto', worker: true,
    onProgress: ({ file, loaded, total }) => console.log(file, loaded / total),
  });
  const counts: Record<Label, number> = { correct: 0, incorrect: 0, unmasked: 0 };
  try {
    const result: Result = await detector.detect(file, { minScore: 0.5, minFace: 12 });
    result.faces.forEach((face: Face) => counts[face.label]++);
    const png: Blob = await detector.annotate(file, result, { privacy: 'blur' });
    console.log(png.size, toCsv([toRecord(file.name, result)]), environment().reason);
    drawOverlay(canvas.getContext('2d')!, result);
  } catch (error) {
    if (error instanceof MasklensError && error.code === 'bad-image') console.log(error.message);
    else throw error;
  } finally {
    await detector.close();
  }
  return counts;
}
`;

const wrong = {
  'an attribute of the element that is none': `document.createElement('mask-lens').quality = 'best'; import('masklens/element'); createDetector;`,
  'a detector that does not exist': `createDetector({ detector: 'three-stage' });`,
  'a picture that is none': `createDetector().then((d) => d.detect(42));`,
  'a misspelt option': `createDetector().then((d) => d.detect(new Uint8Array(), { minscore: 1 }));`,
  'a result changed to another label': `const l: import('masklens').Label = 'masked'; createDetector;`,
};

let consumer;
before(() => {
  consumer = installed('types');
});
after(() => consumer.remove());

const settings = {
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
};

function check(resolution, source) {
  writeFileSync(join(consumer.folder, 'use.ts'), source);
  const compilerOptions = {
    ...settings[resolution],
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
  };
  const config = { compilerOptions, files: ['use.ts'] };
  writeFileSync(join(consumer.folder, 'tsconfig.json'), JSON.stringify(config));
  program('tsc', ['-p', '.'], consumer.folder);
}

for (const resolution of Object.keys(settings)) {
  test(`a program type-checks with moduleResolution ${resolution}`, () => check(resolution, good));

  test(`mistakes do not, with moduleResolution ${resolution}`, () => {
    for (const [what, code] of Object.entries(wrong))
      assert.throws(
        () => check(resolution, `import { createDetector } from 'masklens';\n${code}\n`),
        /use\.ts\(2,/,
        what,
      );
  });
}
