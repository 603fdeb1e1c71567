/** Numbers for those who hide faces: the core, the site and whoever uses the package have them from here. */

/**
 * For pictures whose faces nobody is to recognise. `minScore` (0 to 1): what to detect with, so that
 * faces that can hardly be seen are found, too, at the price of boxes where no face is. `margin`: so
 * much more is hidden on each side, as a share of the box's sides.
 */
export const HIDING: { readonly minScore: number; readonly margin: number } = {
  minScore: 0.2,
  margin: 0.25,
};
