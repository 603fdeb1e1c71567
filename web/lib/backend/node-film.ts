/**
 * Films in Node, which has no WebCodecs: the package `node-webcodecs` brings them where it is installed.
 * Nothing of it is bundled.
 */

/** Whether there are decoders now. */
export async function findWebCodecs(): Promise<boolean> {
  try {
    await load('node-webcodecs/register');
  } catch {
    // Not installed, or not made for this machine.
  }
  return typeof VideoDecoder === 'function';
}

/** A name that bundlers do not follow: the package may not be there. */
function load(name: string): Promise<unknown> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name);
}
