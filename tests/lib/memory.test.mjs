// What a large picture takes while it is decoded: little more than its pixels, whatever it is stored as.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/run.mjs';
import { largePng } from '../fixtures/odd_files.mjs';
import { crowd } from './fixtures.mjs';

const WIDTH = 6000;
const HEIGHT = 4000;
const folder = mkdtempSync(join(tmpdir(), 'masklens-memory-'));
after(() => rmSync(folder, { recursive: true, force: true }));

// In a process of its own, whose peak is this picture's.
const SCRIPT = `
  import { readFileSync, writeFileSync } from 'node:fs';
  const { createDetector } = await import(process.argv[1]);
  const detector = await createDetector({ threads: 1, quality: 'fast' });
  await detector.detect(readFileSync(process.argv[2]), { turn: 'never' });
  const memory = (name) =>
    Number(new RegExp(name + ':\\\\s*(\\\\d+)').exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
  writeFileSync('/proc/self/clear_refs', '5'); // the peak begins anew
  const before = memory('VmRSS');
  const { width, height } = await detector.detect(readFileSync(process.argv[3]), { turn: 'never' });
  console.log(JSON.stringify({ width, height, megabytes: memory('VmHWM') - before }));
  await detector.close();
`;

function peak(file) {
  const path = join(folder, 'picture');
  writeFileSync(path, file);
  const module = pathToFileURL(join(root, 'dist/index.js')).href;
  const args = ['--input-type=module', '-e', SCRIPT, module, crowd, path];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

for (const [name, options] of Object.entries({
  'interlaced, with alpha': { colour: 6, interlaced: true },
  'of 16 bits a sample, with alpha': { colour: 6, depth: 16 },
  'turned by EXIF': { colour: 2, orientation: 6 },
  'interlaced, of 16 bits a sample, turned': {
    colour: 2,
    depth: 16,
    interlaced: true,
    orientation: 8,
  },
}))
  test(`a PNG of 24 megapixels, ${name}, takes at most 1.2 times its pixels and 64 MB`, async () => {
    const file = await largePng(WIDTH, HEIGHT, options);
    const { width, height, megabytes } = peak(file);
    const upright = options.orientation ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT];
    assert.deepEqual([width, height], upright);
    const most = (1.2 * 4 * WIDTH * HEIGHT) / 2 ** 20 + 64;
    assert.ok(megabytes < most, `${megabytes.toFixed(0)} MB, at most ${most.toFixed(0)}`);
  });
