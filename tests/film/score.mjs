// How well people were followed: CLEAR MOT (Bernardin and Stiefelhagen 2008) and IDF1 (Ristani et al.
// 2016), boxes matched from an overlap of one half on, and what viewers notice besides.
const overlap = ([ax, ay, aw, ah], [bx, by, bw, bh]) => {
  const w = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const h = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  return w > 0 && h > 0 ? (w * h) / (aw * ah + bw * bh - w * h) : 0;
};

const covers = ([ax, ay, aw, ah], [bx, by, bw, bh]) => {
  const w = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const h = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  return w > 0 && h > 0 ? (w * h) / Math.min(aw * ah, bw * bh) : 0;
};

const percentile95 = (values) =>
  values.sort((a, b) => a - b)[Math.floor(0.95 * values.length)] ?? 0;

/** Pairs in the order of their worth, each side once: enough where boxes hardly overlap each other. */
function pairUp(pairs) {
  const taken = [new Set(), new Set()];
  return pairs
    .sort((a, b) => b.worth - a.worth)
    .filter(({ a, b }) => {
      if (taken[0].has(a) || taken[1].has(b)) return false;
      taken[0].add(a);
      taken[1].add(b);
      return true;
    });
}

/**
 * `truth`: frames of {time, truth, ignored} as of plan.mjs; `shown`: for each the faces {id, box, label}.
 * Gives mota, idf1 (0 to 1), switches, missed, falseOnes, faces, labelChanges (without cause in the
 * truth, of matched people), followed (seconds until a change of the truth was shown, each), jitter (of
 * the movements of boxes between frames in which the truth rests, as shares of their sides, what 95 %
 * stay below), besideJitter (the same while something passes in front of the face), and countChanges
 * (changes of the number of people shown beyond those of the truth), per second.
 */
export function score(truth, shown) {
  const owner = new Map();
  const together = new Map();
  const lengths = [new Map(), new Map()];
  const count = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);
  let [faces, missed, falseOnes, switches, labelChanges] = [0, 0, 0, 0, 0];
  const last = new Map(); // of a person of the truth: what was true and shown before
  const followed = [];
  const steps = { whole: [], beside: [] };
  let countChanges = 0;
  let before = null;
  truth.forEach(({ time, truth: people, ignored }, f) => {
    const boxes = shown[f];
    const pairs = people.flatMap((person, a) =>
      boxes.flatMap((face, b) => {
        const iou = overlap(person.box, face.box);
        if (iou < 0.5) return [];
        count(together, `${person.id} ${face.id}`);
        return [{ a, b, worth: iou + (owner.get(person.id) === face.id ? 2 : 0) }];
      }),
    );
    const matched = pairUp(pairs);
    faces += people.length;
    missed += people.length - matched.length;
    const used = new Set(matched.map(({ b }) => b));
    boxes.forEach((face, b) => {
      if (!used.has(b) && ignored.some((box) => covers(box, face.box) > 0.3)) return;
      count(lengths[1], face.id);
      if (!used.has(b)) falseOnes++;
    });
    for (const { id } of people) count(lengths[0], id);
    for (const { a, b } of matched) {
      const person = people[a];
      const face = boxes[b];
      if (owner.has(person.id) && owner.get(person.id) !== face.id) switches++;
      owner.set(person.id, face.id);
      const was = last.get(person.id);
      const now = {
        box: face.box,
        true: person.label,
        shown: face.label,
        place: person.box,
        whole: person.whole,
        since: null,
      };
      if (was) {
        now.since = was.true === person.label ? was.since : time;
        if (now.since !== null && face.label === person.label) {
          followed.push(time - now.since);
          now.since = null;
        } else if (was.shown !== face.label && now.since === null) labelChanges++;
        const still = person.box.every((value, i) => Math.abs(value - was.place[i]) < 0.05);
        if (still) {
          const side = Math.min(face.box[2], face.box[3]);
          const step = Math.max(...face.box.map((value, i) => Math.abs(value - was.box[i]))) / side;
          steps[person.whole && was.whole ? 'whole' : 'beside'].push(step);
        }
      }
      last.set(person.id, now);
    }
    const numbers = { true: people.length + ignored.length, shown: boxes.length };
    if (before && before.true === numbers.true && before.shown !== numbers.shown) countChanges++;
    before = numbers;
  });
  const identities = pairUp(
    [...together].map(([key, worth]) => {
      const [a, b] = key.split(' ');
      return { a, b, worth };
    }),
  ).reduce((sum, { worth }) => sum + worth, 0);
  const sum = (map) => [...map.values()].reduce((a, b) => a + b, 0);
  const seconds = truth.length > 1 ? truth.at(-1).time - truth[0].time : 1;
  return {
    mota: 1 - (missed + falseOnes + switches) / faces,
    idf1: (2 * identities) / (sum(lengths[0]) + sum(lengths[1])),
    switches,
    missed,
    falseOnes,
    faces,
    labelChanges,
    followed,
    jitter: percentile95(steps.whole),
    besideJitter: percentile95(steps.beside),
    countChangesPerSecond: countChanges / seconds,
  };
}
