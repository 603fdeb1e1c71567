/** Of package and assets, which have to be of one build: they speak to each other. */

/** Set by the build. */
declare const PACKAGE_VERSION: string;

export const VERSION: string = PACKAGE_VERSION;
