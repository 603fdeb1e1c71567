// The declarations, in projects that import the package and check everything, libraries included.
import assert from 'node:assert/strict';
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../../scripts/run.mjs';
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
  'a detector that has no name': `createDetector({ detector: 7 });`,
  'a picture that is none': `createDetector().then((d) => d.detect(42));`,
  'a misspelt option': `createDetector().then((d) => d.detect(new Uint8Array(), { minscore: 1 }));`,
  'a result changed to another label': `const l: import('masklens').Label = 'masked'; createDetector;`,
};

// For programs that know no page: only what every platform has.
const anywhere = `
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
  const pixels = await detector.pixels(bytes);
  const width: number = pixels.width;
  await detector.close();
  return [png, width, blob.size, toCsv([])];
}
`;

let consumer;
before(() => {
  consumer = installed('types');
  // The frameworks' own types, as they lie in this checkout.
  for (const name of readdirSync(join(root, 'node_modules')))
    if (!['masklens', 'typescript'].includes(name) && !name.startsWith('.'))
      symlinkSync(join(root, 'node_modules', name), join(consumer.folder, 'node_modules', name));
});
after(() => consumer.remove());

const settings = {
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
};

/**
 * Checks one program of several files, `sources` by name; gives where errors are, as `file:line`, each once.
 * `lib`: what the project knows besides the language.
 */
function errorsIn(resolution, sources, { lib = ['dom'], ...options } = {}) {
  for (const [file, source] of Object.entries(sources))
    writeFileSync(join(consumer.folder, file), source);
  const compilerOptions = {
    ...settings[resolution],
    target: 'es2022',
    lib: ['es2022', ...lib],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    ...options,
  };
  const config = { compilerOptions, files: Object.keys(sources) };
  writeFileSync(join(consumer.folder, 'tsconfig.json'), JSON.stringify(config));
  try {
    program('tsc', ['-p', '.'], consumer.folder);
    return [];
  } catch ({ message }) {
    const places = [...message.matchAll(/^(\S+)\((\d+),\d+\): error/gm)];
    if (places.length === 0) throw new Error(message);
    return [...new Set(places.map(([, file, line]) => `${file}:${line}`))].sort();
  }
}

// Templates: right and wrong uses of <mask-lens>, by the framework's own kind of JSX.
const templates = {
  react: { jsx: 'react-jsx', listener: 'onmasklens-result' },
  preact: { jsx: 'react-jsx', jsxImportSource: 'preact', listener: 'onmasklens-result' },
  solid: { jsx: 'preserve', jsxImportSource: 'solid-js', listener: 'on:masklens-result' },
};

for (const [name, { listener, ...options }] of Object.entries(templates))
  test(`${name}'s JSX knows <mask-lens>`, () => {
    const use = (attributes) =>
      `import type {} from 'masklens/jsx/${name}';\nexport const a = <mask-lens ${attributes} />;`;
    const sources = {
      'right.tsx': use(
        `src="a.jpg" alt="x" choose quality="fast" min-score={0.4} ${listener}={(e) => e.detail.faces[0]?.label}`,
      ),
      'value.tsx': use('quality="best"'),
      'event.tsx': use(`${listener}={(e) => e.detail.heads}`),
    };
    assert.deepEqual(errorsIn('bundler', sources, options), ['event.tsx:2', 'value.tsx:2']);
  });

test("Vue's and Svelte's templates know <mask-lens>", () => {
  const use = (value) =>
    `import type {} from 'masklens/jsx/vue';
       import type {} from 'masklens/jsx/svelte';
       import type { GlobalComponents } from 'vue';
       import type { SvelteHTMLElements } from 'svelte/elements';
       export const a: InstanceType<GlobalComponents['mask-lens']>['$props'] = { quality: ${value} };
       export const b: SvelteHTMLElements['mask-lens'] = { quality: ${value}, 'onmasklens-result': (e) => e.detail };`;
  const sources = { 'right.ts': use(`'fast'`), 'wrong.ts': use(`'best'`) };
  assert.deepEqual(errorsIn('bundler', sources), ['wrong.ts:5', 'wrong.ts:6']);
});

/** The mistakes as files of one line each after the import, and where the errors should be. */
function mistakes(names, ending) {
  const sources = {};
  for (const [index, name] of names.entries())
    sources[`wrong${index}.${ending}`] =
      `import { createDetector } from 'masklens';\n${wrong[name]}\n`;
  return { sources, places: Object.keys(sources).map((file) => `${file}:2`) };
}

for (const lib of [[], ['dom'], ['webworker']])
  for (const ending of ['mts', 'cts'])
    test(`a program for Node or workers type-checks, mistakes do not: .${ending}, lib ${lib.join() || 'of the language alone'}`, () => {
      const { sources, places } = mistakes(['a picture that is none', 'a misspelt option'], ending);
      const all = { [`right.${ending}`]: anywhere, ...sources };
      assert.deepEqual(errorsIn('node16', all, { lib }), places);
    });

for (const resolution of Object.keys(settings))
  test(`a program type-checks, mistakes do not, with moduleResolution ${resolution}`, () => {
    const { sources, places } = mistakes(Object.keys(wrong), 'ts');
    assert.deepEqual(errorsIn(resolution, { 'right.ts': good, ...sources }), places);
  });
