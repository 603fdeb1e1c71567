// `node tests/browser/measure.mjs [PICTURES]`: how fast the built site is and what it holds, as JSON.
// Cold start and cached start to the first labelled sample; then a batch (default 1000 pictures):
// the page's heap after 50 and at the end, and the longest task on the page's thread.
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

const pictures = Number(process.argv[2] ?? 1000);
const browser = await launch(['--js-flags=--expose-gc']);
const host = await goodHost();

/** Milliseconds from the start of the navigation to the first face in the list. */
async function start(page) {
  await page.goto(host.url, { waitUntil: 'commit' });
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        let clicked = false;
        const look = () => {
          const sample = document.querySelector('[data-sample="0"]:not([disabled])');
          if (sample && !clicked) {
            clicked = true;
            sample.click();
          }
          if (document.querySelector('.face-row')) resolve(performance.now());
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const cold = [];
const cached = [];
for (let run = 0; run < 5; run++) {
  const page = await visit(browser, { offline: true });
  cold.push(await start(page));
  await page.waitForSelector('[data-offline=ready]', { timeout: 60_000 });
  cached.push(await start(page));
  await page.context().close();
}

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
      coldStartMs: { median: Math.round(median(cold)), fastest: Math.round(Math.min(...cold)) },
      cachedStartMs: {
        median: Math.round(median(cached)),
        fastest: Math.round(Math.min(...cached)),
      },
      batch: {
        pictures,
        people,
        seconds: Number(seconds.toFixed(1)),
        heapAfter50MB: megabytes(early),
        heapAtEndMB: megabytes(late),
        longestTaskMs: { busy: Math.round(longest.busy), wall: Math.round(longest.wall) },
      },
    },
    null,
    2,
  ),
);
await browser.close();
await host.close();
