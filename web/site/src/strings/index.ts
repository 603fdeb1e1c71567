/** Which language is spoken, and a way to hear of a change. */
import { de } from './de.ts';
import { en, type Strings } from './en.ts';

export type { Strings };

export const LANGUAGES = { en, de } as const;
export type Language = keyof typeof LANGUAGES;

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
  if (saved === 'en' || saved === 'de') return saved;
  for (const tag of navigator.languages) {
    const code = tag.slice(0, 2).toLowerCase();
    if (code === 'de' || code === 'en') return code;
  }
  return 'en';
}

let current: Language = preferred();
document.documentElement.lang = current;

export const language = (): Language => current;

/** The words of the language now spoken. Read at render time; never kept. */
export const t = (): Strings => LANGUAGES[current];

export function speak(next: Language): void {
  current = next;
  document.documentElement.lang = next;
  remember(KEY, next);
  for (const listener of listeners) listener();
}

export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const percent = (value: number, digits = 0): string =>
  new Intl.NumberFormat(current, {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);

export const number = (value: number, digits = 0): string =>
  new Intl.NumberFormat(current, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);

/** Bytes for people, in decimal units as browsers and file managers show them. */
export function bytes(value: number): string {
  if (value < 1000) return `${number(value)} B`;
  if (value < 1e6) return `${number(value / 1e3)} kB`;
  return `${number(value / 1e6, 1)} MB`;
}
