#!/usr/bin/env node
/** The command `masklens`: reads the arguments and hands over to the command that they name. */
import { messageOf } from '../api/errors.js';
import { nearest } from '../api/nearest.js';
import { readCopyArguments, readDetectArguments, USAGE } from './arguments.js';
import { copyAssets } from './copy-assets.js';
import { detectCommand } from './detect.js';
import { programArguments } from './native-path.js';
import { complain, endWithOutput } from './terminal.js';
import { UsageError } from './usage-error.js';

const COMMANDS: Record<string, (args: string[]) => Promise<number>> = {
  detect: (args) => detectCommand(readDetectArguments(args)),
  'copy-assets': (args) => copyAssets(readCopyArguments(args)),
};

/** Resolves to the exit status. */
async function run([name, ...args]: string[]): Promise<number> {
  const asked = [name, ...args.slice(0, args.includes('--') ? args.indexOf('--') : undefined)];
  if (name === undefined || name === 'help' || asked.includes('--help')) {
    process.stdout.write(USAGE);
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS[name];
  if (command && Object.hasOwn(COMMANDS, name)) return command(args);
  const near = nearest(name, Object.keys(COMMANDS));
  throw new UsageError(
    `There is no command '${name}'.${near === null ? '' : ` Did you mean ${near}?`}`,
  );
}

endWithOutput();

try {
  process.exitCode = await run(programArguments());
} catch (error) {
  const wrong = error instanceof UsageError;
  complain(`${messageOf(error)}${wrong ? '\n\nmasklens --help says more.' : ''}`);
  process.exitCode = wrong ? 2 : 1;
}
