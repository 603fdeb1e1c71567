// POST a picture to /, get its faces as JSON. One picture is judged at a time; a few may wait; what is
// too large, too many or nobody's picture is refused with a sentence. PORT chooses the port.
import { createServer } from 'node:http';
import { createDetector, MasklensError } from 'masklens';

const MOST_BYTES = 20 * 1024 * 1024;
const MOST_WAITING = 8;
const STATUS = {
  'bad-image': 422,
  'unsupported-format': 415,
  'image-too-large': 413,
  aborted: 499,
};

const detector = await createDetector({
  limits: { maxBytes: MOST_BYTES, maxPixels: 50_000_000 },
});
let waiting = 0;

/** The request's body, or null as soon as it is too large. */
async function bodyOf(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > MOST_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function answer(request, response) {
  const send = (status, value, headers = {}) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };
  const refuse = (status, code, message, headers) => send(status, { code, message }, headers);
  if (request.method !== 'POST') return refuse(405, 'method', 'POST a picture.', { Allow: 'POST' });
  if (waiting >= MOST_WAITING)
    return refuse(503, 'busy', 'Too many pictures are waiting. Try again.', { 'Retry-After': '2' });
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  waiting++;
  try {
    const bytes = await bodyOf(request);
    if (bytes === null)
      return refuse(413, 'image-too-large', 'The picture has too many bytes.', {
        Connection: 'close',
      });
    const { width, height, faces } = await detector.detect(bytes, { signal: gone.signal });
    send(200, { width, height, faces });
  } catch (error) {
    if (!(error instanceof MasklensError)) throw error;
    refuse(STATUS[error.code] ?? 500, error.code, error.message);
  } finally {
    waiting--;
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    response.destroy();
  });
});
server.listen(Number(process.env.PORT ?? 3000), () =>
  console.log(`http://localhost:${server.address().port}/`),
);
process.on('SIGTERM', () => server.close(() => detector.close()));
