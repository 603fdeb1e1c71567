// The light ones of the examples, as `npm run examples` drives them: from the packed tarball, a page
// without a bundler, <mask-lens> under a strict policy, a script for Node.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { root } from '../../scripts/run.mjs';
import { program } from './packed.mjs';

test('examples plain, cms and node-script work as they stand', () => {
  const printed = program('node', ['examples/drive.mjs', 'plain', 'cms', 'node-script'], root);
  const answers = printed.match(/^[\w -]+(, isolated)?: \d+ faces: .+$/gm);
  assert.equal(answers.length, 5, printed);
});
