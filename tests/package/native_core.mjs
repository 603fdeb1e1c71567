// The core in native code (tests/core/native_detect.cpp), with networks run by ONNX Runtime Web: the
// faces of photos, as the package gives them.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import * as ort from 'onnxruntime-web';
import { root } from '../../scripts/run.mjs';

const PROGRAM = join(root, 'build/native/native_detect');

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

/** What the package itself tells the core, and makes of its answers. */
async function packagesOwn() {
  const outfile = join(root, 'build/tests/core_border.mjs');
  const contents = `export { makePipeline } from './settings.js'; export { unflattenFaces } from './faces.js';`;
  const stdin = { contents, resolveDir: join(root, 'web/lib/core'), loader: 'ts' };
  const shape = { bundle: true, format: 'esm', platform: 'node', packages: 'external' };
  await build({ stdin, outfile, logLevel: 'error', ...shape });
  return import(outfile);
}

/** { name: faces } of the photos in a folder. */
export async function facesInNativeCode(folder, names) {
  if (!existsSync(PROGRAM))
    throw new Error('The native core is missing: cmake --build --preset native');
  const { makePipeline, unflattenFaces } = await packagesOwn();
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
  class Manifest {
    setNumbers(section, name, key, list) {
      say('numbers', section, name, key, ...list);
    }
    setTexts(section, name, key, list) {
      say('texts', section, name, key, ...list);
    }
    delete() {}
  }
  makePipeline({ Manifest, makePipeline: () => ({ pipeline: child }) }, manifest, 1);

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
      const [kind, what, ...more] = await printed.fields();
      if (kind === 'request') await answer(what, more.map(Number));
      else if (kind === 'faces') {
        const numbers = await printed.floats(what * more.length);
        faces[name] = unflattenFaces({ faceLayout: () => more }, numbers);
        break;
      } else throw new Error(`${name}: ${what}`);
    }
  }
  child.stdin.end();
  return faces;
}
