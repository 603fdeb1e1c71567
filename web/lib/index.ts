/** The public surface of the package: re-exports alone. Importing does nothing. */

export { environment } from './api/environment.js';
export { type ErrorCode, MasklensError } from './api/errors.js';
export { HIDING } from './api/hiding.js';
export { printable, safePath, uniquePaths } from './api/names.js';
export {
  DOUBT_COLOUR,
  drawOverlay,
  LABEL_COLOURS,
  LABEL_INK,
  MOST_SURE,
  type OverlayOptions,
} from './api/overlay.js';
export {
  csvHeader,
  csvRows,
  type FaceRecord,
  type FailureCode,
  type FailureRecord,
  jsonLine,
  type PictureRecord,
  toCsv,
  toFailure,
  toRecord,
} from './api/report.js';
export * from './api/types.js';
export { createDetector } from './page/create.js';
