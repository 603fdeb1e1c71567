// The core in native code (tests/core/native_detect.cpp), with networks run by ONNX Runtime Web: the
// faces of photos, as the package gives them.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import * as ort from 'onnxruntime-web';
import { root } from '../../scripts/run.mjs';

const PROGRAM = join(root, 'build/native/native_detect');
const LABELS = ['correct', 'incorrect', 'unmasked'];
const FACE_NUMBERS = 23; // wasm/core/base/face.h

/** What a program prints: lines, and bytes of a known number. */
class Printed {
  #chunks;
  #rest = Buffer.alloc(0);

  constructor(stream) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async #more() {
    const { value, done } = await this.#chunks.next();
    if (done) throw new Error('native_detect ended before its answer');
    this.#rest = Buffer.concat([this.#rest, value]);
  }

  async fields() {
    while (!this.#rest.includes(10)) await this.#more();
    const end = this.#rest.indexOf(10);
    const line = this.#rest.toString('utf8', 0, end);
    this.#rest = this.#rest.subarray(end + 1);
    return line.split('\t');
  }

  async floats(count) {
    while (this.#rest.length < 4 * count) await this.#more();
    const floats = new Float32Array(count);
    Buffer.from(floats.buffer).set(this.#rest.subarray(0, 4 * count));
    this.#rest = this.#rest.subarray(4 * count);
    return floats;
  }
}

/** The manifest as the package tells it to the core, by the package's own code. */
async function manifestLines(manifest) {
  const outfile = join(root, 'build/tests/settings.mjs');
  const entryPoints = [join(root, 'web/lib/core/settings.ts')];
  const shape = { bundle: true, format: 'esm', platform: 'node', packages: 'external' };
  await build({ entryPoints, outfile, logLevel: 'error', ...shape });
  const { listsOf } = await import(outfile);
  const lines = [];
  const tell = (section, name, entry) => {
    for (const [key, list] of listsOf(entry, section)) {
      const kind = list.every((item) => typeof item === 'number') ? 'numbers' : 'texts';
      lines.push([kind, section, name, key, ...list].join('\t'));
    }
  };
  tell('defaults', '', manifest.defaults);
  for (const section of ['detectors', 'classifiers', 'networks'])
    for (const [name, entry] of Object.entries(manifest[section])) tell(section, name, entry);
  return lines;
}

function face(numbers) {
  const [x, y, width, height, score, ...rest] = numbers;
  const [uncertain, landmarks] = [rest[4] === 1, [...rest.slice(8)]];
  return {
    box: { x, y, width, height },
    score,
    probabilities: Object.fromEntries(LABELS.map((label, index) => [label, rest[index]])),
    label: LABELS[rest[3]],
    uncertain,
    landmarks: Array.from({ length: landmarks.length / 2 }, (_, index) => ({
      x: landmarks[2 * index],
      y: landmarks[2 * index + 1],
    })),
  };
}

/** { name: faces } of the photos in a folder. */
export async function facesInNativeCode(folder, names) {
  if (!existsSync(PROGRAM))
    throw new Error('The native core is missing: cmake --build --preset native');
  const models = join(root, 'models');
  const manifest = JSON.parse(readFileSync(join(models, 'manifest.json'), 'utf8'));
  const sessions = new Map();
  const session = async (network) => {
    if (!sessions.has(network)) {
      const bytes = readFileSync(join(models, manifest.networks[network].file));
      sessions.set(network, await ort.InferenceSession.create(bytes));
    }
    return sessions.get(network);
  };
  const child = spawn(PROGRAM, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const printed = new Printed(child.stdout);
  const say = (...fields) => child.stdin.write(`${fields.join('\t')}\n`);
  for (const line of await manifestLines(manifest)) say(line);

  async function answer(network, shape) {
    const size = shape.reduce((product, side) => product * side, 1);
    const loaded = await session(network);
    const input = new ort.Tensor('float32', await printed.floats(size), shape);
    const outputs = await loaded.run({ [loaded.inputNames[0]]: input });
    for (const { name } of manifest.networks[network].outputs) {
      const { dims, data } = outputs[name];
      say('output', ...dims);
      child.stdin.write(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    }
    say('end');
  }

  const faces = {};
  for (const name of names) {
    say('picture', join(folder, name));
    for (;;) {
      const [kind, what, ...sides] = await printed.fields();
      if (kind === 'request') await answer(what, sides.map(Number));
      else if (kind === 'faces') {
        const numbers = await printed.floats(what * FACE_NUMBERS);
        faces[name] = Array.from({ length: what }, (_, index) =>
          face(numbers.subarray(index * FACE_NUMBERS, (index + 1) * FACE_NUMBERS)),
        );
        break;
      } else throw new Error(`${name}: ${what}`);
    }
  }
  child.stdin.end();
  return faces;
}
