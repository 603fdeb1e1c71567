// `node tests/browser/measure.mjs [PICTURES]`: how fast the built site is and what it holds, as JSON.
// First and later visits up to the first labelled sample, by stages; then a batch (default 1000
// pictures): the page's heap after 50 and at the end, and the longest task on the page's thread.
// `node tests/browser/measure.mjs start [VISITORS]`: the visits alone.
import { withWindows } from './chromium.mjs';
import {
  addPictures,
  batchDone,
  goodHost,
  launch,
  longestTask,
  manyPhotos,
  networksReady,
  visit,
} from './harness.mjs';
import { measureStart } from './start.mjs';

withWindows();
if (process.argv[2] === 'start') {
  console.log(JSON.stringify(await measureStart(Number(process.argv[3] ?? 5)), null, 2));
  process.exit();
}
const pictures = Number(process.argv[2] ?? 1000);
const start = await measureStart(5);
const browser = await launch(['--js-flags=--expose-gc']);
const host = await goodHost();

const page = await visit(browser);
await page.goto(host.url);
await networksReady(page);
const session = await page.context().newCDPSession(page);
const heap = async () => {
  await session.send('HeapProfiler.collectGarbage');
  return (await session.send('Runtime.getHeapUsage')).usedSize;
};
const many = manyPhotos(pictures);
let seconds = 0;
let early = 0;
const longest = await longestTask(browser, page, async () => {
  const started = performance.now();
  await addPictures(page, many.files);
  await page.waitForFunction(
    () => (document.querySelector('.queue progress')?.value ?? 0) >= 50,
    null,
    { timeout: 600_000 },
  );
  early = await heap();
  await batchDone(page, pictures, 600_000);
  seconds = (performance.now() - started) / 1000;
});
const late = await heap();
const people = Number((await page.textContent('[data-count=people]')).replaceAll(/\D/g, ''));
many.remove();
const detector = await page.getAttribute('[data-detector]', 'data-detector');

const megabytes = (bytes) => Number((bytes / 1e6).toFixed(1));
console.log(
  JSON.stringify(
    {
      detector,
      start,
      batch: {
        pictures,
        people,
        seconds: Number(seconds.toFixed(1)),
        heapAfter50MB: megabytes(early),
        heapAtEndMB: megabytes(late),
        longestTaskMs: {
          busy: Math.round(longest.busy),
          wall: Math.round(longest.wall),
          calm: Math.round(longest.calm),
        },
      },
    },
    null,
    2,
  ),
);
await browser.close();
await host.close();
