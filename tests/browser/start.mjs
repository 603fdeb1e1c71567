// How long the site takes from the start of a navigation to the first face in the list, by stages:
// a first visit, then visits with what the browser kept, each in a new tab. In a profile on disk, as
// people have it: a private window keeps no compiled code.
import { goodHost, launchProfile } from './harness.mjs';

/** Ends of the stages in their usual order: name, and what it is taken from. */
const STAGES = [
  ['page answered', ({ page }) => page.answered],
  ['worker wanted', ({ worker }) => worker.origin],
  ['worker runs', ({ worker }) => worker.marks.worker],
  ['runtime arrived', ({ worker }) => worker.arrived['ort-wasm-trimmed.wasm']],
  ['runtime compiled', ({ worker }) => worker.marks['runtime compiled']],
  ['core started', ({ worker }) => worker.marks.core],
  ['runtime started', ({ worker }) => worker.marks['runtime instantiated']],
  ['detector loaded', ({ worker }) => worker.marks['one-stage-accurate']],
  ['classifier loaded', ({ worker }) => worker.marks.classifier],
  ['engine ready', ({ worker }) => worker.marks.ready],
  ['sample clicked', ({ page }) => page.clicked],
  ['faces listed', ({ page }) => page.listed],
];

/** Clicks the first sample as soon as it can be clicked; resolves when a face is listed. */
function trySample() {
  return new Promise((resolve) => {
    const times = { answered: performance.getEntriesByType('navigation')[0].responseEnd };
    const look = () => {
      if (document.querySelector('.face-row')) {
        observer.disconnect();
        times.listed = performance.now();
        times.judged = Number(document.querySelector('[data-time]').dataset.time);
        resolve({ ...times, origin: performance.timeOrigin });
        return;
      }
      const sample = document.querySelector('[data-sample="0"]:not([disabled])');
      if (!sample || times.clicked) return;
      times.clicked = performance.now();
      sample.click();
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, attributes: true });
    look();
  });
}

/** Runs in the worker: its marks, and when files had arrived, by name. */
function readWorker() {
  const marks = performance.getEntriesByType('mark');
  const files = performance.getEntriesByType('resource');
  const fileName = (url) => new URL(url).pathname.replace(/^.*\//, '');
  return {
    origin: performance.timeOrigin,
    marks: Object.fromEntries(marks.map((mark) => [mark.name.slice(9), mark.startTime])),
    arrived: Object.fromEntries(files.map((file) => [fileName(file.name), file.responseEnd])),
  };
}

/** Processor time of all of the browser's processes so far, in milliseconds. */
async function processorTime(session) {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return 1000 * processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

/** One visit in a new tab: when the stages ended, and the processor time they took, in milliseconds. */
async function oneVisit(context, url) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const whole = await context.browser().newBrowserCDPSession();
  const before = await processorTime(whole);
  await page.goto(url, { waitUntil: 'commit' });
  const times = await page.evaluate(trySample);
  const busy = (await processorTime(whole)) - before;
  const { metrics } = await session.send('Performance.getMetrics');
  const { value: busyPage } = metrics.find(({ name }) => name === 'TaskDuration');
  await whole.detach();
  const worker = await page
    .workers()
    .find((one) => one.url().endsWith('/masklens/worker.js'))
    .evaluate(readWorker);
  const shift = worker.origin - times.origin;
  for (const group of [worker.marks, worker.arrived])
    for (const name of Object.keys(group)) group[name] += shift;
  worker.origin = shift;
  const stages = STAGES.map(([name, from]) => [name, from({ page: times, worker })]);
  return {
    page,
    listed: times.listed,
    judged: times.judged,
    busy: { page: 1000 * busyPage, browser: busy },
    stages: Object.fromEntries(stages),
  };
}

const rounded = (value) => Math.round(value);
const sorted = (values) => [...values].sort((a, b) => a - b);
const described = (values) => ({
  median: rounded(sorted(values)[Math.floor(values.length / 2)]),
  fastest: rounded(Math.min(...values)),
});

/** Of several visits: the time to the first face, and the stages of the fastest. */
function summary(visits) {
  const fastest = visits.reduce((a, b) => (b.listed < a.listed ? b : a));
  const numbers = (record) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, rounded(value)]));
  return {
    firstFaceMs: described(visits.map(({ listed }) => listed)),
    judgedMs: described(visits.map(({ judged }) => judged)),
    busyMs: {
      page: described(visits.map(({ busy }) => busy.page)),
      browser: described(visits.map(({ busy }) => busy.browser)),
    },
    stagesOfFastestMs: numbers(fastest.stages),
  };
}

/**
 * `visitors` fresh profiles visit once and then `returns` times. Gives summaries by the number of
 * the visit.
 */
export async function measureStart(visitors = 3, returns = 3) {
  const host = await goodHost();
  const visits = Array.from({ length: 1 + returns }, () => []);
  for (let visitor = 0; visitor < visitors; visitor++) {
    const { context, remove } = await launchProfile();
    for (const [number, those] of visits.entries()) {
      const made = await oneVisit(context, host.url);
      those.push(made);
      if (number === 0)
        await made.page.waitForSelector('[data-offline=ready]', { timeout: 120_000 });
      // Compilers that are still at work belong to this visit.
      await made.page.waitForTimeout(3000);
      await made.page.close();
    }
    await remove();
  }
  await host.close();
  return Object.fromEntries(visits.map((those, number) => [`visit ${number + 1}`, summary(those)]));
}
