// What every anchor-based detector needs after its network: suppression, and pixels before it.

const area = (b) => b.width * b.height;

function overlap(a, b) {
  const w = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const h = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (w <= 0 || h <= 0) return 0;
  return (w * h) / (area(a) + area(b) - w * h);
}

/** Greedy non-maximum suppression by IoU. Faces are { box, score, label }. */
export function suppress(faces, threshold) {
  const kept = [];
  for (const face of faces.sort((a, b) => b.score - a.score))
    if (kept.every((other) => overlap(other.box, face.box) <= threshold)) kept.push(face);
  return kept;
}

const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext('2d', { willReadFrequently: true });

/**
 * Planar floats (value - mean) * scale of a bitmap drawn at `width` x `height` in the top left of a
 * `padWidth` x `padHeight` field of black. `order` names the planes: 'rgb' or 'bgr'.
 */
export function planes(bitmap, { width, height, padWidth, padHeight, mean, scale, order }) {
  canvas.width = padWidth;
  canvas.height = padHeight;
  context.fillStyle = 'black';
  context.fillRect(0, 0, padWidth, padHeight);
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, padWidth, padHeight);
  const count = padWidth * padHeight;
  const out = new Float32Array(3 * count);
  for (let plane = 0; plane < 3; plane++) {
    const channel = order === 'bgr' ? 2 - plane : plane;
    for (let i = 0, j = plane * count; i < count; i++, j++)
      out[j] = (data[4 * i + channel] - mean) * scale;
  }
  return out;
}
