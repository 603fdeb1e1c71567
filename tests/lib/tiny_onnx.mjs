// Small ONNX files made by hand: just enough of the format (onnx.proto3) for the networks of tests.

const encoder = new TextEncoder();

function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return bytes;
}

const number = (field, value) => [...varint(field << 3), ...varint(value)];
const bytes = (field, content) => [
  ...varint((field << 3) | 2),
  ...varint(content.length),
  ...content,
];
const text = (field, value) => bytes(field, encoder.encode(value));
const message = (field, ...parts) => bytes(field, parts.flat());

const INT = 2;
const INTS = 7;
const FLOAT = 1;
const INT64 = 7;

function attribute([name, value]) {
  if (Array.isArray(value))
    return message(5, text(1, name), number(20, INTS), ...value.map((n) => number(8, n)));
  return message(5, text(1, name), number(20, INT), number(3, value));
}

function node({ type, inputs, outputs, attributes = {} }) {
  return message(
    1,
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, type),
    ...Object.entries(attributes).map(attribute),
  );
}

function constant([name, { shape, floats, whole }]) {
  const raw = floats ? Float32Array.from(floats) : BigInt64Array.from(whole.map(BigInt));
  return message(
    5,
    ...shape.map((side) => number(1, side)),
    number(2, floats ? FLOAT : INT64),
    text(8, name),
    bytes(9, new Uint8Array(raw.buffer)),
  );
}

function value(field, [name, shape]) {
  const side = (n) => message(1, typeof n === 'number' ? number(1, n) : text(2, n));
  const tensor = message(1, number(1, FLOAT), message(2, ...shape.map(side)));
  return message(field, text(1, name), message(2, tensor));
}

/** The bytes of a model. Shapes: numbers, letters for open sides. */
export function onnx({ nodes, constants, inputs, outputs }) {
  const graph = message(
    7,
    ...nodes.map(node),
    text(2, 'tiny'),
    ...Object.entries(constants).map(constant),
    ...Object.entries(inputs).map((each) => value(11, each)),
    ...Object.entries(outputs).map((each) => value(12, each)),
  );
  return Uint8Array.from([...number(1, 8), ...graph, ...message(8, text(1, ''), number(2, 17))]);
}

/**
 * A network of YuNet's kind with the one stride 16: a cell is a face as far as it is red, twice as
 * high as wide, and its landmarks are its middle.
 */
export function tinyYunet() {
  const middle = 0.5;
  const heads = {
    cls_16: { weights: [[0, 0, 1 / 255]], bias: [0] },
    obj_16: { weights: [[0, 0, 1 / 255]], bias: [0] },
    bbox_16: { weights: Array(4).fill([0, 0, 0]), bias: [middle, middle, 0, Math.log(2)] },
    kps_16: { weights: Array(10).fill([0, 0, 0]), bias: Array(10).fill(middle) },
  };
  const constants = {};
  const nodes = [
    {
      type: 'AveragePool',
      inputs: ['input'],
      outputs: ['cells'],
      attributes: { kernel_shape: [16, 16], strides: [16, 16] },
    },
  ];
  for (const [name, { weights, bias }] of Object.entries(heads)) {
    const numbers = bias.length;
    constants[`${name}_w`] = { shape: [numbers, 3, 1, 1], floats: weights.flat() };
    constants[`${name}_b`] = { shape: [numbers], floats: bias };
    constants[`${name}_s`] = { shape: [3], whole: [1, -1, numbers] };
    nodes.push(
      { type: 'Conv', inputs: ['cells', `${name}_w`, `${name}_b`], outputs: [`${name}_c`] },
      {
        type: 'Transpose',
        inputs: [`${name}_c`],
        outputs: [`${name}_t`],
        attributes: { perm: [0, 2, 3, 1] },
      },
      { type: 'Reshape', inputs: [`${name}_t`, `${name}_s`], outputs: [name] },
    );
  }
  return onnx({
    nodes,
    constants,
    inputs: { input: [1, 3, 'H', 'W'] },
    outputs: Object.fromEntries(
      Object.entries(heads).map(([name, { bias }]) => [name, [1, 'cells', bias.length]]),
    ),
  });
}
