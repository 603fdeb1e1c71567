/** What somebody who mistyped a name may have meant. */

/** The known name with the fewest letters wrong, when they are few: `minscore` is near `minScore`. */
export function nearest(name: string, known: Iterable<string>): string | null {
  let best: string | null = null;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const wrong = editDistance(plain(name), plain(candidate));
    if (wrong < least) [best, least] = [candidate, wrong];
  }
  return best;
}

/** Case, dashes and underscores are no mistakes. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, '');
}

/** Letters to insert, leave out, replace or swap with their neighbour (Damerau 1964, optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (last[j - 1] as number) + (same ? 0 : 1),
        // The last is never fewer: every letter of both is wrong.
        swapped ? (before[j - 2] as number) + 1 : i + j,
      );
    }
    [before, last] = [last, row];
  }
  return last[b.length] as number;
}
