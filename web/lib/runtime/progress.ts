/** How much of what was announced has been fetched. */
import type { ReportProgress } from '../api/crossing.js';

// Files come in hundreds of pieces, and whoever shows the progress draws at each report.
const REPORT_EVERY_MS = 50;

/** Adds up the bytes of the files that were announced, which come at the same time. */
export class Progress {
  #report: ReportProgress | null = null;
  /** Bytes that are to come, by file. */
  readonly #expected = new Map<string, number>();
  /** Bytes that have come, of whatever file. */
  readonly #loaded = new Map<string, number>();
  #reportedAt = Number.NEGATIVE_INFINITY;

  expect(sizes: Record<string, number>): void {
    for (const [file, bytes] of Object.entries(sizes)) this.#expected.set(file, bytes);
  }

  /** Files that have come by now are reported here, so that each is reported at least once. */
  begin(report: ReportProgress): void {
    this.#report = report;
    for (const file of this.#expected.keys()) if (this.#has(file)) this.#tell(file);
  }

  end(): void {
    this.#report = null;
  }

  add(file: string, count: number): void {
    this.#loaded.set(file, (this.#loaded.get(file) ?? 0) + count);
    const soon = performance.now() - this.#reportedAt < REPORT_EVERY_MS;
    if (this.#expected.has(file) && (this.#has(file) || !soon)) this.#tell(file);
  }

  #has(file: string): boolean {
    return (this.#loaded.get(file) ?? 0) >= (this.#expected.get(file) ?? 0);
  }

  #tell(file: string): void {
    if (!this.#report) return;
    this.#reportedAt = performance.now();
    let [loaded, total] = [0, 0];
    for (const [expected, bytes] of this.#expected) {
      loaded += this.#loaded.get(expected) ?? 0;
      total += bytes;
    }
    this.#report({ file, loaded, total });
  }
}
