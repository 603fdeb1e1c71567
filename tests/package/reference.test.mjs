// The site's /api/: every public symbol has its place there, under the site's own policy.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as api from '../../dist/index.js';
import { root } from '../../scripts/run.mjs';

const folder = join(root, 'build/site/api');
const pages = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.html'));

test('every symbol that the package exports has its page', () => {
  for (const name of [...Object.keys(api), 'Detector', 'CreateOptions', 'Result', 'ErrorCode'])
    assert.ok(
      pages.some((page) => page.endsWith(`/index.${name}.html`)),
      name,
    );
});

test('no page has a script of its own inside, which the policy would not run', () => {
  assert.ok(pages.length > 30);
  for (const page of pages)
    assert.doesNotMatch(
      readFileSync(join(folder, page), 'utf8'),
      /<script>|<script src="[^"]*\/\//,
    );
});
