/** `import type {} from 'masklens/jsx/react'`: React's JSX knows `<mask-lens>`. */
import type { MaskLens } from 'masklens/element';
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { MaskLensAttributes, MaskLensListeners } from './attributes.js';

export type MaskLensProps = DetailedHTMLProps<HTMLAttributes<MaskLens>, MaskLens> &
  MaskLensAttributes &
  MaskLensListeners<'on'>;

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'mask-lens': MaskLensProps;
    }
  }
}
