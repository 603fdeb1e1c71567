/**
 * The names in the manifest that comes with the package, for editors to suggest. No other file of the
 * library or the site knows a name: which there are, and what they mean, the manifest says.
 */

/** Any other name; written so that editors still suggest the ones that are spelt out. */
type Other = string & Record<never, never>;

/** A finder of faces. `one-stage` is the default; `mtcnn` is the cascade of Zhang et al. 2016, in the package `masklens-classics`. */
export type DetectorName = 'one-stage' | 'mtcnn' | Other;

/** A crop classifier. `masklens` is ours; the others are the two-class networks of the original project. */
export type ClassifierName = 'masklens' | 'cnn' | 'baseline' | 'vgg19' | Other;
