// MediaPipe's face detector wants a model file that says how its input is normalised; the file on
// npm is the bare network. This wraps it: a new root table in front refers to everything in the old
// file and adds the metadata (schemas: tensorflow/lite schema.fbs and metadata_schema.fbs).
import { readFileSync, writeFileSync } from 'node:fs';
import { Builder } from 'flatbuffers';

const NORMALISATION = { mean: 127.5, std: 127.5 };
const ALIGNMENT = 16;

function table(builder, fields) {
  builder.startObject(Math.max(...fields.map(([index]) => index)) + 1);
  for (const [index, kind, value] of fields) {
    if (kind === 'offset') builder.addFieldOffset(index, value, 0);
    if (kind === 'int8') builder.addFieldInt8(index, value, 0);
    if (kind === 'int32') builder.addFieldInt32(index, value, 0);
  }
  return builder.endObject();
}

function vector(builder, offsets) {
  builder.startVector(4, offsets.length, 4);
  for (const offset of offsets.toReversed()) builder.addOffset(offset);
  return builder.endVector();
}

function floats(builder, values) {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addFloat32(value);
  return builder.endVector();
}

/** ModelMetadata with one image input, RGB, normalised. */
function metadata() {
  const b = new Builder(512);
  const mean = floats(b, [NORMALISATION.mean]);
  const std = floats(b, [NORMALISATION.std]);
  const normalisation = table(b, [
    [0, 'offset', mean],
    [1, 'offset', std],
  ]);
  const unit = table(b, [
    [0, 'int8', 1], // the union's NormalizationOptions
    [1, 'offset', normalisation],
  ]);
  const image = table(b, [[0, 'int8', 1]]); // RGB
  const content = table(b, [
    [0, 'int8', 2], // the union's ImageProperties
    [1, 'offset', image],
  ]);
  const name = b.createString('image');
  const units = vector(b, [unit]);
  const input = table(b, [
    [0, 'offset', name],
    [3, 'offset', content],
    [4, 'offset', units],
  ]);
  const inputs = vector(b, [input]);
  const subgraph = table(b, [[2, 'offset', inputs]]);
  const subgraphs = vector(b, [subgraph]);
  const root = table(b, [[3, 'offset', subgraphs]]);
  b.finish(root, 'M001');
  return b.asUint8Array();
}

/** Writes the file at `from` with metadata to `to`. */
export function addMetadata(from, to) {
  const old = readFileSync(from);
  const view = new DataView(old.buffer, old.byteOffset, old.length);
  const root = view.getUint32(0, true);
  const fieldsAt = root - view.getInt32(root, true);
  const target = (index) => {
    const at = root + view.getUint16(fieldsAt + 4 + 2 * index, true);
    return at + view.getUint32(at, true);
  };
  const OPERATORS = 1;
  const SUBGRAPHS = 2;
  const BUFFERS = 4;

  const padded = Math.ceil(old.length / ALIGNMENT) * ALIGNMENT;
  const b = new Builder(padded + 8192);
  b.prep(ALIGNMENT, 0);
  b.space -= padded;
  b.bb.bytes().set(old, b.space);
  const fromEnd = (position) => padded - position; // how the builder counts

  const bytes = b.createByteVector(metadata());
  const buffer = table(b, [[0, 'offset', bytes]]);
  const list = target(BUFFERS);
  const count = view.getUint32(list, true);
  const buffers = Array.from({ length: count }, (_, i) => {
    const at = list + 4 + 4 * i;
    return fromEnd(at + view.getUint32(at, true));
  });
  const allBuffers = vector(b, [...buffers, buffer]);
  const name = b.createString('TFLITE_METADATA');
  const entry = table(b, [
    [0, 'offset', name],
    [1, 'int32', count],
  ]);
  const entries = vector(b, [entry]);
  const model = table(b, [
    [0, 'int32', 3],
    [OPERATORS, 'offset', fromEnd(target(OPERATORS))],
    [SUBGRAPHS, 'offset', fromEnd(target(SUBGRAPHS))],
    [BUFFERS, 'offset', allBuffers],
    [6, 'offset', entries],
  ]);
  b.finish(model, 'TFL3');
  writeFileSync(to, b.asUint8Array());
}
