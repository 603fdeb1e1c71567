// Starts the detector's worker before the page's own scripts have arrived, so that all load at the
// same time; engine.ts takes it from here. Where data is to be saved, nothing is fetched unasked.
if (!navigator.connection?.saveData) {
  const options = { type: 'module', name: 'masklens' };
  globalThis.masklensWorker = new Worker('masklens/worker.js', options);
  // Then the page starts one itself, and learns why it fails.
  globalThis.masklensWorker.onerror = () => {
    globalThis.masklensWorker = undefined;
  };
}
