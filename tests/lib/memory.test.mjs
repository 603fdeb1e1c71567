// What a large picture takes while it is decoded: little more than its pixels, whatever it is stored as.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/run.mjs';
import { largeGif, largeJpeg, largePng } from '../fixtures/odd_files.mjs';
import { crowd } from './fixtures.mjs';

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

const png = (options) => () => largePng(6000, 4000, options);
const jpeg = (width, height, options) => () => largeJpeg(width, height, options);
for (const [name, [width, height], make] of [
  ['PNG, interlaced, with alpha', [6000, 4000], png({ colour: 6, interlaced: true })],
  ['PNG of 16 bits a sample, with alpha', [6000, 4000], png({ colour: 6, depth: 16 })],
  ['PNG turned by EXIF', [4000, 6000], png({ colour: 2, orientation: 6 })],
  [
    'PNG, interlaced, of 16 bits a sample, turned',
    [4000, 6000],
    png({ colour: 2, depth: 16, interlaced: true, orientation: 8 }),
  ],
  ['JPEG without subsampling', [8000, 5000], jpeg(8000, 5000)],
  [
    'progressive JPEG without subsampling, as large as may be',
    [6000, 5000],
    jpeg(6000, 5000, { scans: 'progressive' }),
  ],
  [
    'JPEG of four components, one after the other',
    [4800, 3600],
    jpeg(4800, 3600, { scans: 'apart', components: 4 }),
  ],
  ['GIF whose frame is to be undone', [6000, 4000], () => largeGif(6000, 4000, 3)],
])
  test(`${name}: at most 1.2 times its pixels and 64 MB`, async () => {
    const found = peak(await make());
    assert.deepEqual([found.width, found.height], [width, height]);
    const most = (1.2 * 4 * width * height) / 2 ** 20 + 64;
    assert.ok(found.megabytes < most, `${found.megabytes.toFixed(0)} of ${most.toFixed(0)} MB`);
  });
