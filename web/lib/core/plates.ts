/** Plates and their places as they cross the C++ border: `wasm/bindings/annotate.cpp` is the other side. */
import { PLATE_FORMS, type Plate, type PlatePlace } from '../api/types.js';

/** The box, then width and height of each form. */
export function flattenPlates(plates: readonly Plate[]): Float32Array {
  return Float32Array.from(
    plates.flatMap(({ box, sizes }) => [
      ...[box.x, box.y, box.width, box.height],
      ...sizes.slice(0, PLATE_FORMS).flatMap(({ width, height }) => [width, height]),
    ]),
  );
}

/** Form, x, y of each; form -1 where there was no space. */
export function unflattenPlaces(flat: Float32Array): (PlatePlace | null)[] {
  const places: (PlatePlace | null)[] = [];
  for (let at = 0; at + 3 <= flat.length; at += 3) {
    const [form, x, y] = flat.subarray(at, at + 3) as unknown as [number, number, number];
    places.push(form < 0 ? null : { form, x, y });
  }
  return places;
}
