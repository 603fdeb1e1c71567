// A film with known faces: what every frame of it shows, as a list of things to draw, and where the
// faces are. Pan, zoom, cuts, something that passes in front, masks that come off and on again.
// Knows no canvas and no file: the page draws, the tests compare.

/** Seconds of a scene; scenes follow each other by cuts. */
const SCENE = 6;
/** Faces smaller than this in the frame of 1280 pixels are neither asked for nor counted. */
const LEAST_SIDE = 44;

const lerp = (a, b, t) => a + (b - a) * t;

/** Scenes in turn. `from` and `to`: zoom, and the middle of the picture shown, in shares of its sides. */
const SCENES = [
  { photo: 'maksssksksss96', from: [1, 0.5, 0.5], to: [1.5, 0.45, 0.45] },
  { swap: ['maksssksksss523', 'maksssksksss786'] },
  { photo: 'maksssksksss334', from: [1.4, 0.4, 0.45], to: [1.4, 0.6, 0.5], bar: true },
  { photo: 'maksssksksss487', from: [1.2, 0.42, 0.5], to: [1.2, 0.58, 0.5] },
  { photo: 'maksssksksss786', from: [1.5, 0.5, 0.5], to: [1, 0.5, 0.5] },
  { photo: 'maksssksksss182', from: [1, 0.5, 0.5], to: [1, 0.5, 0.5], bar: true },
  { photo: 'maksssksksss373', from: [1, 0.5, 0.5], to: [1.3, 0.5, 0.5] },
  { swap: ['maksssksksss96', 'maksssksksss334'] },
  { photo: 'maksssksksss523', from: [1, 0.5, 0.5], to: [1.3, 0.5, 0.45] },
  { photo: 'maksssksksss698', from: [1.3, 0.45, 0.5], to: [1.3, 0.55, 0.5] },
];

/**
 * `faces`: of faces.json. Gives `frames`, `fps`, `width`, `height` and `frame(n)`: `time`, `draws` (what
 * to draw, in order), `truth` (`id`, `box` [x, y, width, height], `label`, `whole` where nothing is in
 * front of it) and `ignored` boxes.
 */
export function planFilm(faces, { seconds = 60, fps = 30, width = 1280, height = 720 } = {}) {
  const frame = (n) => {
    const time = n / fps;
    const number = Math.floor(time / SCENE);
    const scene = SCENES[number % SCENES.length];
    const within = time - number * SCENE;
    const size = { width, height };
    const shown = scene.swap
      ? swapped(faces, scene, within, number, size)
      : moved(faces, scene, within, number, size);
    return { time, ...shown };
  };
  return { frames: Math.round(seconds * fps), fps, width, height, frame };
}

function moved(faces, scene, within, number, size) {
  const { photo } = scene;
  const of = faces[photo];
  // Slowly off and slowly to rest, as a hand does it.
  const t = (1 - Math.cos((Math.PI * within) / SCENE)) / 2;
  const [zoom, x, y] = scene.from.map((value, i) => lerp(value, scene.to[i], t));
  const scale = zoom * Math.max(size.width / of.width, size.height / of.height);
  const left = size.width / 2 - x * of.width * scale;
  const top = size.height / 2 - y * of.height * scale;
  const draws = [{ photo, to: [left, top, of.width * scale, of.height * scale] }];
  const bars = [];
  if (scene.bar) {
    const wide = size.width * 0.1;
    bars.push([lerp(-wide, size.width, Math.min(1, within / 4.5)), 0, wide, size.height]);
    draws.push({ colour: '#4a5a4a', to: bars[0] });
  }
  const all = of.faces.map(({ box: [bx, by, bw, bh], label }, i) => ({
    id: `${number}.${i}`,
    box: [left + bx * scale, top + by * scale, bw * scale, bh * scale],
    label,
  }));
  return { draws, ...sorted(all, bars, size) };
}

/** A head whose mask is taken off and put on: two photos in turn, their heads in one place. */
function swapped(faces, { swap }, within, number, size) {
  const masked = Math.floor(within / 2) % 2 === 0;
  const photo = swap[masked ? 1 : 0];
  const wanted = masked ? 'correct' : 'unmasked';
  const area = ({ box }) => box[2] * box[3];
  const face = faces[photo].faces
    .filter(({ label }) => label === wanted)
    .sort((a, b) => area(b) - area(a))[0];
  const [bx, by, bw, bh] = face.box;
  const high = size.height * 0.45;
  const wide = high * 0.8;
  // It sways a little.
  const middle = size.width * (0.5 + 0.04 * Math.sin(within * 1.5));
  const box = [middle - wide / 2, size.height * 0.28, wide, high];
  const [sx, sy] = [wide / bw, high / bh];
  const margin = 0.45;
  const from = [bx - margin * bw, by - margin * bh, bw * (1 + 2 * margin), bh * (1 + 2 * margin)];
  const to = [box[0] - margin * wide, box[1] - margin * high, from[2] * sx, from[3] * sy];
  const draws = [
    { colour: '#8a8f94', to: [0, 0, size.width, size.height] },
    { photo, from, to },
  ];
  const truth = [{ id: `${number}`, box, label: wanted, whole: true }];
  return { draws, truth, ignored: [] };
}

/** Faces to be found, and those of which it may be said either way: small, cut, covered. */
function sorted(all, bars, { width, height }) {
  const truth = [];
  const ignored = [];
  for (const face of all) {
    const [x, y, w, h] = face.box;
    const across = Math.max(0, Math.min(x + w, width) - Math.max(x, 0));
    const down = Math.max(0, Math.min(y + h, height) - Math.max(y, 0));
    if (across * down === 0) continue;
    const inside = (across * down) / (w * h);
    const behind = Math.max(
      0,
      ...bars.map(([bx, , bw]) => Math.min(x + w, bx + bw) - Math.max(x, bx)),
    );
    const covered = behind > 0.3 * w;
    const small = Math.min(w, h) < (LEAST_SIDE * width) / 1280;
    if (inside < 0.75 || covered || small) ignored.push(face.box);
    else truth.push({ ...face, whole: behind === 0 });
  }
  return { truth, ignored };
}
