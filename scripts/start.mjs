// `npm start`: sets up, builds and serves the site. PORT chooses the port (default 8080, or the
// next free one), HOST the address (default 127.0.0.1: this machine only).
import { join } from 'node:path';
import { build } from './build.mjs';
import { main, ProgramFailed, root } from './run.mjs';
import { serve } from './serve.mjs';
import { setup } from './setup.mjs';

async function serveSite() {
  const host = process.env.HOST ?? '127.0.0.1';
  const folder = join(root, 'build/site');
  if (process.env.PORT) return serve(folder, { host, port: Number(process.env.PORT) });
  for (let port = 8080; port < 8100; port++) {
    try {
      return await serve(folder, { host, port });
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error;
    }
  }
  throw new ProgramFailed('Ports 8080 to 8099 are taken: set PORT to a free one.');
}

await main(async () => {
  await setup();
  await build();
  const { url } = await serveSite();
  console.log(`\nMasklens: ${url}\n(Ctrl+C ends it.)`);
});
