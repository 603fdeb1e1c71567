/** The element's words, in the languages it speaks, and how a page brings its own. */
import type { ErrorCode, Label } from 'masklens';

/** What can be the matter: the package's codes; `unreachable`: `src` gave no file; `other`: all else. */
export type ElementErrorCode = ErrorCode | 'unreachable' | 'other';

export interface ElementTexts {
  /** Name of the picture for those who do not see it, where `alt` says nothing. */
  picture: string;
  choose: string;
  drop: string;
  retry: string;
  loading: string;
  working: string;
  faces: string;
  /** "3 faces: 2 correct, 1 no mask"; no faces is a result too. */
  summary: (counts: Readonly<Record<Label, number>>) => string;
  /** On plates. */
  short: Readonly<Record<Label, string>>;
  /** In the list, after the face's number. */
  label: Readonly<Record<Label, string>>;
  face: (number: number) => string;
  sure: (percent: string) => string;
  uncertain: string;
  error: (code: ElementErrorCode, message: string) => string;
}

const total = (counts: Readonly<Record<Label, number>>): number =>
  counts.correct + counts.incorrect + counts.unmasked;

/** The counts that are not zero, each with its word. */
const listed = (
  counts: Readonly<Record<Label, number>>,
  words: Readonly<Record<Label, string>>,
): string =>
  (['correct', 'incorrect', 'unmasked'] as const)
    .filter((label) => counts[label] > 0)
    .map((label) => `${counts[label]} ${words[label]}`)
    .join(', ');

const enShort = { correct: 'correct', incorrect: 'incorrect', unmasked: 'no mask' };
const enErrors: Readonly<Partial<Record<ElementErrorCode, string>>> = {
  unreachable: 'The picture could not be fetched.',
  'bad-image': 'The picture is damaged or incomplete. Take another copy of it.',
  'unsupported-format': 'This browser cannot read the picture. JPEG, PNG, GIF and BMP always work.',
  'image-too-large': 'The picture is too large. Make it smaller first.',
  'out-of-memory': 'The picture needs more memory than there is. Close other tabs and try again.',
  'asset-missing': 'A part of the program is missing on this server.',
  'asset-not-wasm': 'This browser or server does not give WebAssembly.',
  network: 'A part of the program could not be fetched. Try again later.',
  crashed: 'The work on the picture broke off. Try again.',
  'model-mismatch': 'A network does not match this version of the program.',
};

const en: ElementTexts = {
  picture: 'Picture',
  choose: 'Choose a picture',
  drop: 'or drop one here. It stays on this device.',
  retry: 'Try again',
  loading: 'Loading the networks',
  working: 'Looking for faces…',
  faces: 'Faces found',
  summary: (counts) => {
    const n = total(counts);
    return n === 0
      ? 'No faces found'
      : `${n} ${n === 1 ? 'face' : 'faces'}: ${listed(counts, enShort)}`;
  },
  short: enShort,
  label: {
    correct: 'mask worn correctly',
    incorrect: 'mask worn incorrectly',
    unmasked: 'no mask',
  },
  face: (n) => `Face ${n}`,
  sure: (percent) => `${percent} sure`,
  uncertain: 'uncertain',
  error: (code, message) => enErrors[code] ?? message,
};

const deShort = { correct: 'richtig', incorrect: 'falsch', unmasked: 'ohne Maske' };
const deErrors: Readonly<Partial<Record<ElementErrorCode, string>>> = {
  unreachable: 'Das Bild war nicht zu holen.',
  'bad-image': 'Das Bild ist beschädigt oder unvollständig. Nimm eine andere Kopie davon.',
  'unsupported-format':
    'Dieser Browser kann das Bild nicht lesen. JPEG, PNG, GIF und BMP gehen immer.',
  'image-too-large': 'Das Bild ist zu groß. Verkleinere es vorher.',
  'out-of-memory':
    'Das Bild braucht mehr Speicher, als da ist. Schließ andere Tabs und versuch es noch einmal.',
  'asset-missing': 'Ein Teil des Programms fehlt auf diesem Server.',
  'asset-not-wasm': 'Dieser Browser oder Server gibt kein WebAssembly.',
  network: 'Ein Teil des Programms war nicht zu holen. Versuch es später noch einmal.',
  crashed: 'Die Arbeit an dem Bild brach ab. Versuch es noch einmal.',
  'model-mismatch': 'Ein Netz passt nicht zu dieser Fassung des Programms.',
};

const de: ElementTexts = {
  picture: 'Bild',
  choose: 'Bild wählen',
  drop: 'oder hierher ziehen. Es bleibt auf diesem Gerät.',
  retry: 'Noch einmal versuchen',
  loading: 'Die Netze werden geladen',
  working: 'Sucht Gesichter…',
  faces: 'Gefundene Gesichter',
  summary: (counts) => {
    const n = total(counts);
    return n === 0
      ? 'Keine Gesichter gefunden'
      : `${n} ${n === 1 ? 'Gesicht' : 'Gesichter'}: ${listed(counts, deShort)}`;
  },
  short: deShort,
  label: {
    correct: 'Maske sitzt richtig',
    incorrect: 'Maske sitzt falsch',
    unmasked: 'keine Maske',
  },
  face: (n) => `Gesicht ${n}`,
  sure: (percent) => `${percent} sicher`,
  uncertain: 'unsicher',
  error: (code, message) => deErrors[code] ?? message,
};

/** The language of `tag` (`de-AT` speaks `de`), else English. */
export const textsOf = (tag: string): ElementTexts => (/^de(-|$)/i.test(tag) ? de : en);
