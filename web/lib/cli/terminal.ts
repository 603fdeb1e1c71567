/** What the command line says while it works: lines on stdout, progress on stderr. */
import { printable } from '../api/names.js';

/** One line on stderr that is overwritten; nothing when stderr is not a terminal. */
export class ProgressLine {
  show(text: string): void {
    if (process.stderr.isTTY)
      process.stderr.write(`\r\x1b[K${printable(text).slice(0, process.stderr.columns - 1)}`);
  }

  clear(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}

/** Waits while the reader is slower than we are. */
export function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    if (process.stdout.write(text)) resolve();
    else process.stdout.once('drain', resolve);
  });
}

/** A message for people, on stderr. */
export function complain(message: string): void {
  const lines = message.split('\n').map(printable);
  process.stderr.write(`masklens: ${lines.join('\n')}\n`);
}

/**
 * Ends the program when nobody takes what it says. Who reads stdout may stop early, as `head` does:
 * that is no failure. A disk that is full is one.
 */
export function endWithOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    const why = error.code === 'ENOSPC' ? 'no space is left' : (error.code ?? error.message);
    complain(`The results cannot be written to stdout: ${why}.`);
    process.exit(1);
  });
  process.stderr.on('error', () => undefined);
  // So that what is half written goes, too.
  for (const [signal, number] of [
    ['SIGHUP', 1] as const,
    ['SIGINT', 2] as const,
    ['SIGTERM', 15] as const,
  ])
    process.on(signal, () => process.exit(128 + number));
}
