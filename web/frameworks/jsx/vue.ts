/** `import type {} from 'masklens/jsx/vue'`: Vue's templates know `<mask-lens>`; its JSX takes any element. */
import type { HTMLAttributes } from 'vue';
import type { MaskLensAttributes, MaskLensListeners } from './attributes.js';

export type MaskLensProps = HTMLAttributes & MaskLensAttributes & MaskLensListeners<'on'>;

declare module 'vue' {
  interface GlobalComponents {
    'mask-lens': new () => { $props: MaskLensProps };
  }
}
