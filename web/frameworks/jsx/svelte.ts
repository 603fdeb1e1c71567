/** `import type {} from 'masklens/jsx/svelte'`: Svelte's templates know `<mask-lens>`. */
import type { MaskLens } from 'masklens/element';
import type { HTMLAttributes } from 'svelte/elements';
import type { MaskLensAttributes, MaskLensListeners } from './attributes.js';

export type MaskLensProps = HTMLAttributes<MaskLens> &
  MaskLensAttributes &
  MaskLensListeners<'on'> &
  MaskLensListeners<'on:'>;

declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    'mask-lens': MaskLensProps;
  }
}
