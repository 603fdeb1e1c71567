// What a page downloads stays within its bounds: `npm run size` prints the table.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizes } from '../../scripts/size.mjs';

test('entries, worker and core are within their bounds', async () => {
  const table = await sizes({ download: false });
  assert.ok(table.length >= 8);
  for (const { name, bytes, most } of table) {
    assert.ok(bytes > 0, name);
    assert.ok(bytes <= most, `${name}: ${bytes} bytes, at most ${most}`);
  }
});
