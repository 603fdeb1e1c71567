/** What `<mask-lens>` takes in templates. */
import type { ClassifierName, DetectorName, Quality } from 'masklens';
import type { MaskLens, MaskLensEvents } from 'masklens/element';

/** Attributes and properties, as the element's documentation describes them. */
export interface MaskLensAttributes {
  src?: string;
  alt?: string;
  choose?: boolean;
  assets?: string;
  detector?: DetectorName;
  classifier?: ClassifierName;
  quality?: Quality;
  threads?: number | string;
  'min-score'?: number | string;
  file?: MaskLens['file'];
  texts?: MaskLens['texts'];
}

/** Listeners under a prefix: `on`, `on:`. */
export type MaskLensListeners<Prefix extends string> = {
  [Name in keyof MaskLensEvents as `${Prefix}${Name}`]?: (event: MaskLensEvents[Name]) => void;
};
