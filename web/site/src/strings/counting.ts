/** Numbers with their nouns, in the forms that a language has for them. */

export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** Writes numbers as the language does. Its rules are made once: `toLocaleString` may make them for every number. */
export function figures(language: string): (n: number) => string {
  let format: Intl.NumberFormat | undefined;
  return (n) => {
    format ??= new Intl.NumberFormat(language);
    return format.format(n);
  };
}

/**
 * `count(2, { one: 'face', other: 'faces' })` is "2 faces"; where a form has its number, `#` stands for it.
 * Nouns of the forms in `telling` say by themselves how many: no figure goes with them.
 */
export function counter(
  language: string,
  telling: readonly Intl.LDMLPluralRule[] = [],
): (n: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(language);
  const written = figures(language);
  return (n, forms) => {
    const rule = rules.select(n);
    const form = forms[rule] ?? forms.other;
    if (form === forms[rule] && telling.includes(rule)) return form;
    const figure = written(n);
    return form.includes('#') ? form.replace('#', figure) : `${figure} ${form}`;
  };
}

/** A language's words: what it lacks is said in English, until somebody translates it. */
export type Translation<T> = T extends (...things: never[]) => unknown
  ? T
  : T extends readonly unknown[]
    ? T
    : T extends object
      ? { [K in keyof T]?: Translation<T[K]> }
      : T;

/** The words of `part`, and of `whole` where there are none. */
export function completed<T extends object>(whole: T, part: Translation<T>): T {
  const words = { ...whole } as Record<string, unknown>;
  for (const [name, own] of Object.entries(part)) {
    const base = words[name];
    const nested = typeof own === 'object' && own !== null && !Array.isArray(own);
    words[name] = nested && base ? completed(base, own as Translation<object>) : own;
  }
  return words as T;
}
