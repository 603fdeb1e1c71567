// Waiting for other programs: until they answer, until they are gone.

const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What `work` gives as soon as it neither throws nor gives nothing; asked again until then. */
export async function eventually(what, work, ms = 60_000) {
  const end = Date.now() + ms;
  for (;;) {
    try {
      const value = await work();
      if (value) return value;
    } catch (error) {
      if (Date.now() > end) throw new Error(`${what}: never, at last: ${error.message}`);
    }
    if (Date.now() > end) throw new Error(`${what}: never`);
    await delay(100);
  }
}

/** Ends a process that was started, kindly first. */
export async function ended(child) {
  const gone = () => child.exitCode !== null || child.signalCode !== null;
  if (gone()) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([exit, delay(5000)]);
  if (gone()) return;
  child.kill('SIGKILL');
  await exit;
}
