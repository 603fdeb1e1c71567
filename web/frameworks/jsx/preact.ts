/** `import type {} from 'masklens/jsx/preact'`: Preact's JSX knows `<mask-lens>`. */
import type { MaskLens } from 'masklens/element';
import type { ClassAttributes, HTMLAttributes } from 'preact';
import type { MaskLensAttributes, MaskLensListeners } from './attributes.js';

export type MaskLensProps = Omit<HTMLAttributes<MaskLens>, keyof MaskLensAttributes> &
  ClassAttributes<MaskLens> &
  MaskLensAttributes &
  MaskLensListeners<'on'>;

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'mask-lens': MaskLensProps;
    }
  }
}
