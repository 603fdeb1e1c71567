/** Whether a value is what it has to be: TypeError and RangeError that name the value and say what it can be. */
import { textOf } from './errors.js';
import { nearest } from './nearest.js';

export function oneOf<T extends string>(name: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value;
  throw new TypeError(`${name} is ${shown(value)}; it can be ${choices.map(shown).join(', ')}.`);
}

const wrong = (name: string, value: unknown, what: string) =>
  new TypeError(`${name} is ${shown(value)}; it has to be ${what}.`);

export function boolean(name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw new TypeError(`${name} is ${shown(value)}; it can be true or false.`);
}

export function string(name: string, value: string): string {
  if (typeof value === 'string') return value;
  throw wrong(name, value, 'a string');
}

export function number(name: string, value: number, least: number, most: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) throw wrong(name, value, 'a number');
  if (value < least || value > most)
    throw new RangeError(`${name} is ${value}; it can be ${least} to ${most}.`);
  return value;
}

export function integer(name: string, value: number, least: number, most: number): number {
  number(name, value, least, most);
  if (Number.isInteger(value)) return value;
  throw new RangeError(`${name} is ${value}; it has to be a whole number.`);
}

export function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : textOf(value);
}

/**
 * What is called back has to be so from the beginning: it would fail when nobody can hear of it. The
 * words that `typeof` or `toString` says of a value are looked for in these.
 */
type Kind = true | 'a function' | 'an AbortSignal' | 'a boolean or a Worker' | 'a string or a URL';

/** Every name of an options type once, which the compiler sees to. */
export type Names<T> = Record<keyof Required<T>, Kind>;

/**
 * Checks the names in the options of a call: a misspelt one is not ignored but named, with the one
 * that was meant. Functions, signals and the like have to be some.
 * @throws TypeError when `options` is not an object, or has a name that the call does not know
 */
export function checkNames(
  call: string,
  options: object,
  names: Readonly<Record<string, unknown>>,
): void {
  if (typeof options !== 'object' || options === null)
    throw wrong(`What ${call} was given`, options, 'an object');
  const known = Object.keys(names);
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) {
      const meant = nearest(name, known);
      const question = meant ? ` Was '${meant}' meant?` : '';
      throw new TypeError(
        `${call} has no option '${name}'.${question} There are ${known.sort().join(', ')}.`,
      );
    }
    const kind = names[name];
    if (typeof kind !== 'string' || value == null) continue;
    // Its end: a TaskSignal is an AbortSignal, too.
    const is = Object.prototype.toString.call(value).slice(8, -1).slice(-6);
    if (![` ${typeof value}`, is].some((one) => kind.includes(one))) throw wrong(name, value, kind);
  }
}
