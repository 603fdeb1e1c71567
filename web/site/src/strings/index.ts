/** Which language is spoken, and a way to hear of a change. */
import { completed, type Translation } from './counting.ts';
import { de } from './de.ts';
import { en, type Strings } from './en.ts';

export type { Strings };

/** Names of the languages as those who speak them say. What is not here from the start is fetched. */
export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  pt: 'Português',
  zh: '中文',
  ar: 'العربية',
} as const;
export type Language = keyof typeof LANGUAGES;

const RIGHT_TO_LEFT: readonly Language[] = ['ar'];

const FETCHED: Partial<Record<Language, () => Promise<Translation<Strings>>>> = {
  fr: async () => (await import('./fr.ts')).fr,
  es: async () => (await import('./es.ts')).es,
  pt: async () => (await import('./pt.ts')).pt,
  zh: async () => (await import('./zh.ts')).zh,
  ar: async () => (await import('./ar.ts')).ar,
};

const words = new Map<Language, Strings>([
  ['en', en],
  ['de', de],
]);

/** Fetches a language once; what it lacks is said in English. */
async function fetchWords(language: Language): Promise<void> {
  const part = await FETCHED[language]?.();
  if (part) words.set(language, completed<Strings>(en, part));
}

const isLanguage = (code: string | null): code is Language => code !== null && code in LANGUAGES;

const KEY = 'masklens-language';
const listeners = new Set<() => void>();

/** Storage throws where cookies are blocked; the site works without it. */
export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then the choice lasts as long as the page.
  }
}

function preferred(): Language {
  const saved = remembered(KEY);
  if (isLanguage(saved)) return saved;
  for (const tag of navigator.languages) {
    const code = tag.slice(0, 2).toLowerCase();
    if (isLanguage(code)) return code;
  }
  return 'en';
}

function announce(language: Language): void {
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(language) ? 'rtl' : 'ltr';
}

let current: Language = preferred();
if (!words.has(current)) {
  // Before anything is shown: a page that changes its language while it is read helps nobody.
  await fetchWords(current).catch(() => {
    current = 'en';
  });
}
announce(current);

export const language = (): Language => current;

/** The words of the language now spoken. Read at render time; never kept. */
export const t = (): Strings => words.get(current) ?? en;

/** Letters that run from right to left: Hebrew, Arabic, Syriac, Thaana and what is near them. */
const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** Somebody else's words, such as a file's name, within a sentence: their order holds whichever way it runs. */
export const isolated = (text: string): string =>
  text && (RIGHT_TO_LEFT.includes(current) || FROM_THE_RIGHT.test(text))
    ? `\u2068${text}\u2069`
    : text;

export async function speak(next: Language): Promise<void> {
  if (!words.has(next)) await fetchWords(next);
  current = next;
  announce(next);
  remember(KEY, next);
  for (const listener of listeners) listener();
}

export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const formats = new Map<string, Intl.NumberFormat>();

/** Making one takes longer than rendering a face's row; there are a few in all. */
function written(value: number, digits: number, options: Intl.NumberFormatOptions = {}): string {
  const key = [current, digits, options.style, options.unit, options.unitDisplay].join(' ');
  let format = formats.get(key);
  if (!format) {
    const places = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    format = new Intl.NumberFormat(current, { ...options, ...places });
    formats.set(key, format);
  }
  return format.format(value);
}

export const percent = (value: number, digits = 0): string =>
  written(value, digits, { style: 'percent' });

export const number = (value: number, digits = 0): string => written(value, digits);

/** The language's own letters, too: a Latin unit beside a number would change places in Arabic. */
const inUnit = (value: number, unit: string, unitDisplay: 'long' | 'short', digits = 0): string =>
  written(value, digits, { style: 'unit', unit, unitDisplay });

export const milliseconds = (value: number, digits = 0): string =>
  inUnit(value, 'millisecond', 'short', digits);

/** "ms" as the language writes it, for where the numbers stand by themselves. */
export const inMilliseconds = (): string =>
  new Intl.NumberFormat(current, { style: 'unit', unit: 'millisecond', unitDisplay: 'short' })
    .formatToParts(2)
    .filter(({ type }) => type === 'unit')
    .map(({ value }) => value)
    .join('');

/** Bytes for people, in decimal units as browsers and file managers show them. */
export function bytes(value: number): string {
  if (value < 1000) return inUnit(value, 'byte', 'long');
  if (value < 1e6) return inUnit(value / 1e3, 'kilobyte', 'short');
  return inUnit(value / 1e6, 'megabyte', 'short', 1);
}
