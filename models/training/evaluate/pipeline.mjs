// Runs pictures through the built package: `node pipeline.mjs < request.json`, one line of JSON
// per picture on stdout. The request: { package, assets, options, detect, files }.
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const request = JSON.parse(Buffer.concat(chunks).toString());
const { createDetector } = await import(pathToFileURL(request.package));
const detector = await createDetector({ ...request.options, assets: request.assets, threads: 1 });
for (const file of request.files) {
  const result = await detector.detect(await readFile(file), request.detect);
  process.stdout.write(`${JSON.stringify({ file, ...result })}\n`);
}
await detector.close();
