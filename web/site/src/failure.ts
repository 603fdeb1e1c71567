/** Why a file could not be read, kept as a code so that it can be said in any language. */
import { environment } from '@masklens';
import { type FormatName, formatOf } from './format.ts';
import { isolated, t } from './strings/index.ts';

export interface Failure {
  code: string;
  /** As the package says it, in English; shown where no sentence of ours fits. */
  message: string;
  /** Of the file, where one was at fault. */
  format: FormatName;
}

/**
 * It lies in the file or in the browser, and comes out the same however often it is tried: people are
 * told what to do instead.
 */
const LASTING = [
  'bad-image',
  'unsupported-format',
  'image-too-large',
  'empty',
  'film',
  'no-simd',
  'model-mismatch',
  'closed',
];

export const worthRetrying = ({ code }: Failure): boolean => !LASTING.includes(code);

const FILM = /\.(mp4|m4v|mov|webm|mkv|avi|mpe?g|ogv|3gp)$/i;

function codeOf(error: unknown, file?: File, format: FormatName = ''): string {
  if (file?.size === 0) return 'empty';
  if (error instanceof DOMException && error.name === 'NotReadableError') return 'unreadable';
  if (error instanceof DOMException && error.name === 'AbortError') return 'aborted';
  const code = (error as { code?: unknown } | null)?.code;
  const isFilm =
    format === 'film' || file?.type.startsWith('video/') || FILM.test(file?.name ?? '');
  if (isFilm && code === 'unsupported-format') return 'film';
  // The package says it with the code for what is no WebAssembly here; people need other words.
  if (code === 'asset-not-wasm' && !environment().simd) return 'no-simd';
  if ((code === 'asset-missing' || code === 'network') && !navigator.onLine) return 'offline';
  return typeof code === 'string' ? code : 'other';
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

export const failureOf = (error: unknown): Failure => ({
  code: codeOf(error),
  message: messageOf(error),
  format: '',
});

/** Not so where it was moved, deleted or written to since it was handed in. */
const isThere = (file: File): Promise<boolean> =>
  file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );

/** The same for what went wrong with a file, which is looked at. */
export async function failureOfFile(error: unknown, file: File): Promise<Failure> {
  const format = await formatOf(file);
  const code = (await isThere(file)) ? codeOf(error, file, format) : 'unreadable';
  return { code, message: messageOf(error), format };
}

export function explain({ code, message, format }: Failure, name: string): string {
  const { errors } = t();
  const sentence = (errors as Record<string, unknown>)[code];
  const named = isolated(name);
  if (code !== 'other' && typeof sentence === 'function') return sentence(named, format) as string;
  return errors.other(named, isolated(message));
}
