/** `import type {} from 'masklens/jsx/solid'`: Solid's JSX knows `<mask-lens>`. */
import type { MaskLens } from 'masklens/element';
import type { JSX as Solid } from 'solid-js';
import type { MaskLensAttributes, MaskLensListeners } from './attributes.js';

export type MaskLensProps = Solid.HTMLAttributes<MaskLens> &
  MaskLensAttributes &
  MaskLensListeners<'on:'>;

declare module 'solid-js' {
  namespace JSX {
    interface IntrinsicElements {
      'mask-lens': MaskLensProps;
    }
  }
}
