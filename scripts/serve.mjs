// A static server for the built site, for `npm start` and for tests. Node's own modules only.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.onnx': 'application/octet-stream',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.ico': 'image/x-icon',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * The rules of a `_headers` file, the format that common static hosts read: a line with a path
 * (`*` stands for anything), then indented `Name: value` lines. Gives [{ pattern, headers }].
 */
export function parseHeaders(text) {
  const rules = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.trim().startsWith('#')) continue;
    if (!/^\s/.test(line)) {
      const escaped = line.trim().replace(/[.+?^${}()|[\]\\]/g, '\\$&');
      rules.push({ pattern: new RegExp(`^${escaped.replaceAll('*', '.*')}$`), headers: {} });
    } else {
      const colon = line.indexOf(':');
      rules.at(-1).headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
    }
  }
  return rules;
}

/**
 * Serves `folder` under `base` ('/', or '/some/folder/'). With `headers` (default true) the
 * folder's own `_headers` file is obeyed, so that the page is served as a well-set host serves it;
 * without, only content types are sent, as by the plainest host. With `clean` (default false) pages
 * are shown without `.html`, and asked for with it redirected, as some hosts do. `port` 0 takes any free port.
 * `onRequest` sees every request: { method, path, bytes } with the length of the body it brought.
 * Resolves to { url, port, close() }.
 */
export async function serve(folder, options = {}) {
  const { port = 0, host = '127.0.0.1', base = '/', headers = true, clean = false } = options;
  const { onRequest } = options;
  const rulesFile = join(folder, '_headers');
  const rules =
    headers && existsSync(rulesFile) ? parseHeaders(readFileSync(rulesFile, 'utf8')) : [];

  const server = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (chunk) => {
      bytes += chunk.length;
    });
    request.on('end', () => onRequest?.({ method: request.method, path: request.url, bytes }));
    const end = (status, extra = {}) => response.writeHead(status, extra).end();

    let path;
    try {
      path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    } catch {
      return end(400);
    }
    if (path.includes('\0')) return end(400);
    if (path === base.slice(0, -1)) return end(301, { Location: base });
    if (!path.startsWith(base)) return end(404);
    path = `/${path.slice(base.length)}`;
    for (const rule of rules)
      if (rule.pattern.test(path))
        for (const [name, value] of Object.entries(rule.headers)) response.setHeader(name, value);

    if (request.method !== 'GET' && request.method !== 'HEAD') return end(405);
    let file = normalize(join(folder, path));
    if (file !== normalize(folder) && !file.startsWith(normalize(folder + sep))) return end(404);
    if (clean && path.endsWith('.html'))
      return end(308, { Location: base + path.slice(1).replace(/(index)?\.html$/, '') });
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) file = join(file, 'index.html');
    else if (clean && !existsSync(file)) file += '.html';
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat?.isFile()) return end(404);

    const etag = `"${stat.size.toString(36)}-${Math.round(stat.mtimeMs).toString(36)}"`;
    response.setHeader('ETag', etag);
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-cache');
    if (request.headers['if-none-match'] === etag) return end(304);
    response.setHeader('Content-Length', stat.size);
    response.writeHead(200);
    if (request.method === 'HEAD') return response.end();
    createReadStream(file).pipe(response);
  });

  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const actual = server.address().port;
  return {
    port: actual,
    url: `http://${host === '127.0.0.1' ? 'localhost' : host}:${actual}${base}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
