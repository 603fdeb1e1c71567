// The benchmark as a picture: time against AP50, one dot a detector.

const WIDTH = 760;
const HEIGHT = 440;
const MARGIN = { left: 64, right: 150, top: 40, bottom: 56 };

const DOT = 5; // radius
const LINE = 15;
const LETTER = 6.6; // width, about

const around = (x, y, width, height) => ({
  left: x - width / 2,
  right: x + width / 2,
  top: y - height / 2,
  bottom: y + height / 2,
});

const touch = (a, b) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Where a dot's words cover nothing: to its right or left, else a little higher or lower. */
function place(text, x, y, taken) {
  const width = LETTER * text.length;
  let first;
  for (const side of [1, -1])
    for (const step of [0, -0.5, 0.5, -1, 1]) {
      const middle = x + side * (DOT + 4 + width / 2);
      const box = around(middle, y + step * LINE, width, LINE);
      first ??= box;
      const inside = box.left > MARGIN.left && box.right < WIDTH && box.top > MARGIN.top - LINE;
      if (inside && !taken.some((other) => touch(box, other))) return box;
    }
  return first;
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** SVG text. Rows are those of bench.json; rows without accuracy are left out. */
export function drawTable(rows) {
  const dots = rows
    .filter(({ accuracy }) => accuracy)
    .map(({ name, times, accuracy }) => ({ name, ms: times[1].medianMs, ap: 100 * accuracy.ap50 }));
  const low = Math.floor(Math.log10(Math.min(1, ...dots.map(({ ms }) => ms))));
  const high = Math.ceil(Math.log10(Math.max(10, ...dots.map(({ ms }) => ms))));
  const x = (ms) =>
    MARGIN.left + ((Math.log10(ms) - low) / (high - low)) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (ap) => HEIGHT - MARGIN.bottom - (ap / 100) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const parts = [];
  for (let ap = 0; ap <= 100; ap += 20)
    parts.push(
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(ap)}" y2="${y(ap)}" stroke="#8886"/>`,
      `<text x="${MARGIN.left - 8}" y="${y(ap) + 4}" text-anchor="end">${ap}</text>`,
    );
  for (let power = low; power <= high; power++)
    parts.push(
      `<line x1="${x(10 ** power)}" x2="${x(10 ** power)}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}" stroke="#8886"/>`,
      `<text x="${x(10 ** power)}" y="${HEIGHT - MARGIN.bottom + 20}" text-anchor="middle">${10 ** power}</text>`,
    );
  const taken = dots.map(({ ms, ap }) => around(x(ms), y(ap), 2 * DOT, 2 * DOT));
  for (const { name, ms, ap } of dots.sort((a, b) => b.ap - a.ap)) {
    const { left, top, right, bottom } = place(name, x(ms), y(ap), taken);
    taken.push({ left, top, right, bottom });
    const colour = name.startsWith('masklens') ? '#d1495b' : '#30638e';
    const [ends, at] = left > x(ms) ? ['start', left] : ['end', right];
    parts.push(
      `<circle cx="${x(ms)}" cy="${y(ap)}" r="${DOT}" fill="${colour}"><title>${ms} ms, ${ap.toFixed(1)} %</title></circle>`,
      `<text x="${at}" y="${bottom - 4}" text-anchor="${ends}" fill="${colour}">${escaped(name)}</text>`,
    );
  }
  const title = 'Median milliseconds per photo (one thread) against AP50 of faces (%)';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${title}">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${MARGIN.left}" y="22" font-size="15">${title}</text>
${parts.join('\n')}
<text x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 12}" text-anchor="middle">ms, logarithmic</text>
</svg>
`;
}
