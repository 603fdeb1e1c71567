/** Why a file could not be read, kept as a code so that it can be said in any language. */
import { t } from './strings/index.ts';

export interface Failure {
  code: string;
  /** As the package says it, in English; shown where no sentence of ours fits. */
  message: string;
}

const FILM = /\.(mp4|m4v|mov|webm|mkv|avi|mpe?g|ogv|3gp)$/i;

export function failureOf(error: unknown, file?: File): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (file?.size === 0) return { code: 'empty', message };
  if (file && (file.type.startsWith('video/') || FILM.test(file.name)))
    return { code: 'film', message };
  if (error instanceof DOMException && error.name === 'NotReadableError')
    return { code: 'unreadable', message };
  if (error instanceof DOMException && error.name === 'AbortError')
    return { code: 'aborted', message };
  const code = (error as { code?: unknown } | null)?.code;
  return { code: typeof code === 'string' ? code : 'other', message };
}

export function explain({ code, message }: Failure, name: string): string {
  const { errors } = t();
  const sentence = (errors as Record<string, unknown>)[code];
  if (code !== 'other' && typeof sentence === 'function') return sentence(name) as string;
  return errors.other(name, message);
}
