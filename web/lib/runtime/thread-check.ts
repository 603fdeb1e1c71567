/** Started as a worker by `threads.ts`, to see whether a worker can be started at all. */
postMessage('started');
