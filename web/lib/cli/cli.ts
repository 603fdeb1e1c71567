#!/usr/bin/env node
/** The command `masklens`: reads the arguments and hands over to the command that they name. */
import { parseArgs } from 'node:util';
import { messageOf } from '../api/errors.js';
import { copyAssets } from './copy-assets.js';
import { DETECT_OPTIONS, detectCommand } from './detect.js';
import { programArguments } from './native-path.js';
import { complain, endWithOutput } from './terminal.js';
import { UsageError } from './usage-error.js';

const USAGE = `masklens detect [options] PATH...     find faces and say how each mask is worn
masklens copy-assets DIR              copy the files that a web page needs

Each PATH is a picture or a folder, which is walked. One line of JSON per picture on stdout.
  --detector one-stage|mtcnn          default one-stage
  --classifier masklens|cnn|baseline|vgg19   default masklens
  --quality accurate|fast             size of the one-stage network; default accurate
  --min-score N                       leave out faces below this score, 0 to 1
  --min-face N                        leave out faces with a shorter side under N pixels
  --max-side N                        longer side of the one-stage network's working picture
  --tiles                             overlapping tiles, for large group photos
  --refine auto|always|never          whether the classifier has a say in one-stage labels
  --threads N                         default 1
  --annotate DIR                      write the pictures with boxes and labels there
  --csv FILE                          write one line per face there as well
  --overwrite                         replace annotated pictures and the CSV file of an earlier run;
                                      without it nothing that is there is touched, and pictures to
                                      judge are never
The exit status is 1 when a picture failed, 2 when the arguments are wrong.
`;

async function run(args: string[]): Promise<number> {
  const [command, ...rest] = args;
  if (command === undefined || command === 'help' || args.includes('--help')) {
    process.stdout.write(USAGE);
    return command === undefined ? 2 : 0;
  }
  if (command === 'copy-assets') {
    const { positionals } = parseArgs({ args: rest, allowPositionals: true });
    return copyAssets(positionals);
  }
  if (command !== 'detect') throw new UsageError(`There is no command '${command}'.`);
  const { values, positionals } = parseArgs({
    args: rest,
    options: DETECT_OPTIONS,
    allowPositionals: true,
  });
  return detectCommand(values, positionals);
}

endWithOutput();

try {
  process.exitCode = await run(programArguments());
} catch (error) {
  const wrong =
    error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  complain(`${messageOf(error)}${wrong ? '\n\nmasklens --help says more.' : ''}`);
  process.exitCode = wrong ? 2 : 1;
}
