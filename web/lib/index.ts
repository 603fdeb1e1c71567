/** The public surface of the package: re-exports alone. Importing does nothing. */
export { createDetector } from './detector.js';
export { environment } from './environment.js';
export { type ErrorCode, MasklensError } from './errors.js';
export { drawOverlay, LABEL_COLOURS, LABEL_INK, type OverlayOptions } from './overlay.js';
export {
  csvHeader,
  csvRows,
  type FaceRecord,
  type FailureRecord,
  type PictureRecord,
  toCsv,
  toFailure,
  toRecord,
} from './report.js';
export * from './types.js';
