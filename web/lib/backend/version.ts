/** Of package and assets, which have to be of one build: they speak to each other. */
import { missing } from '../runtime/assets.js';

/** Set by the build. */
declare const PACKAGE_VERSION: string;

export const VERSION: string = PACKAGE_VERSION;

/** The error of a script of another build. */
export const otherVersion = (url: string, version: string | undefined) =>
  missing(url, `It is of version ${version}, and the package of version ${VERSION}`);
