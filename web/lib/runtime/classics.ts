/**
 * Networks that the default detector does without (an older one, the original project's classifiers) lie in a
 * package of their own, so that nobody gets them who does not ask: `masklens-classics`. In Node it is found by itself where it is
 * installed; for pages, `masklens copy-assets` copies its files beside the others.
 */

/** Files of that package; set by the build. */
declare const CLASSIC_FILES: readonly string[];

const PACKAGE = 'masklens-classics';

const nameOf = (url: string): string => url.replace(/[?#].*$/, '').replace(/^.*\//, '');

/** What to do about a file that is not there, in a sentence; null when it is not of that package. */
export function classicHelp(url: string): string | null {
  if (!CLASSIC_FILES.includes(nameOf(url))) return null;
  return `It is in a package of its own: \`npm install ${PACKAGE}\`, and for pages \`npx masklens copy-assets DIR\` again.`;
}

/** The folder of the package's networks as it is seen from a file:, or null. Node only. */
export function classicsSeenFrom(url: string): string | null {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { pathToFileURL } = process.getBuiltinModule('node:url');
  for (const start of [url, pathToFileURL(`${process.cwd()}/`).href])
    try {
      const found = createRequire(start).resolve(`${PACKAGE}/package.json`);
      return new URL('assets/', pathToFileURL(found)).href;
    } catch {
      // Not there: the next place.
    }
  return null;
}

/** Where a file that is not in its folder may be instead, in Node; null when there is no such place. */
export function classicPlace(url: string): string | null {
  if (!CLASSIC_FILES.includes(nameOf(url))) return null;
  const folder = classicsSeenFrom(url);
  return folder && new URL(nameOf(url), folder).href;
}
