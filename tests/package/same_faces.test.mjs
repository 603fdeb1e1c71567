// The default detector finds the same faces on every golden photo, wherever it runs: in Node and in Chromium,
// with one thread and with two, and with the core in native code.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { root } from '../../scripts/run.mjs';
import { chromiumHost, ISOLATED } from './host.mjs';
import { facesInNativeCode } from './native_core.mjs';

const PIXELS = 0.5;
const SCORE = 0.005;

const photos = join(root, 'tests/fixtures/photos');
const names = readdirSync(photos).filter((name) => name.endsWith('.jpg'));

let host;
let reference;
before(async () => {
  const page = fileURLToPath(new URL('same_faces_page.mjs', import.meta.url));
  host = await chromiumHost(
    page,
    Object.fromEntries(names.map((name) => [name, `photos/${name}`])),
  );
  reference = facesInNode(1);
  const count = Object.values(reference).flat().length;
  assert.ok(names.length >= 8 && count >= 20, `${names.length} photos, ${count} faces`);
});
after(() => host?.close());

/** In a process of its own: the first detector of a process decides on the threads of all. */
function facesInNode(threads) {
  const script = `
    import { readFileSync } from 'node:fs';
    import { createDetector } from './dist/index.js';
    const detector = await createDetector({ threads: ${threads} });
    const faces = {};
    for (const name of ${JSON.stringify(names)})
      faces[name] = (await detector.detect(readFileSync(name))).faces;
    console.log(JSON.stringify({ used: detector.threads, faces }));
    await detector.close();`;
  const options = { cwd: photos, encoding: 'utf8', timeout: 240_000, maxBuffer: 1 << 26 };
  const path = join(host.folder, 'faces.mjs');
  writeFileSync(path, script);
  const { used, faces } = JSON.parse(execFileSync(process.execPath, [path], options));
  assert.equal(used, threads);
  return faces;
}

/** The largest differences, after every face has found its own. */
function assertSame(found) {
  const most = { pixels: 0, score: 0 };
  for (const name of names) {
    const labels = (faces) => faces.map(({ label, uncertain }) => `${label} ${uncertain}`);
    assert.deepEqual(labels(found[name]), labels(reference[name]), name);
    for (const [index, face] of found[name].entries()) {
      const wanted = reference[name][index];
      const lengths = ['x', 'y', 'width', 'height'].map(
        (side) => face.box[side] - wanted.box[side],
      );
      for (const [at, point] of face.landmarks.entries())
        lengths.push(point.x - wanted.landmarks[at].x, point.y - wanted.landmarks[at].y);
      const scores = Object.entries(face.probabilities).map(
        ([label, probability]) => probability - wanted.probabilities[label],
      );
      scores.push(face.score - wanted.score);
      most.pixels = Math.max(most.pixels, ...lengths.map(Math.abs));
      most.score = Math.max(most.score, ...scores.map(Math.abs));
      assert.ok(
        lengths.every((length) => Math.abs(length) <= PIXELS),
        `${name}: ${lengths}`,
      );
      assert.ok(
        scores.every((score) => Math.abs(score) <= SCORE),
        `${name}: ${scores}`,
      );
    }
  }
  return most;
}

test('Node with two threads finds the faces that Node with one finds', (t) => {
  t.diagnostic(JSON.stringify(assertSame(facesInNode(2))));
});

test('the core in native code finds the faces that it finds as WebAssembly', async (t) => {
  t.diagnostic(JSON.stringify(assertSame(await facesInNativeCode(photos, names))));
});

for (const [where, headers, threads] of [
  ['with threads', ISOLATED, 2],
  ['without threads', '', 1],
])
  test(`Chromium ${where} finds the faces that Node finds`, async (t) => {
    const { call } = await host.page(headers);
    const { used, isolated, faces } = await call('facesOf', names, 2);
    assert.deepEqual([used, isolated], [threads, threads > 1]);
    t.diagnostic(JSON.stringify(assertSame(faces)));
    await host.closePages();
  });
