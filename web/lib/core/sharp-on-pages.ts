/** `sharp.ts` for the scripts of pages, which decode by themselves what the core does not. */
import type { MasklensError } from '../api/errors.js';

export async function decodeWithSharp(
  _bytes: Uint8Array,
  _format: string,
  unsupported: MasklensError,
): Promise<never> {
  throw unsupported;
}
