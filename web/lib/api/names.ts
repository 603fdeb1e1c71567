/** Names that came from outside, made fit for terminals, archives and folders: one writer for all who show or use them. */

/**
 * What a terminal obeys, what turns text around, what breaks lines, halves of characters: controls
 * (Cc), lone surrogates (Cs), separators of lines and paragraphs, and formats that reorder or hide.
 */
export const UNPRINTABLE =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u2060\u206a-\u206f\ufeff\ufff9-\ufffb]/gu;

/** Names that Windows keeps for devices, with any extension. */
const RESERVED = /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$)(\..*)?$/i;

/** Bytes of one name that leave file systems (255) room for a number and an extension. */
const MOST_BYTES = 230;

/**
 * The text with escapes such as `\u{1b}` for every character that a terminal would obey or that
 * turns text around. For people to read: what came in cannot always be told from what comes out.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}

/**
 * A relative path with `/` between folders that stays below wherever it is put, on every system:
 * drives, roots, `.` and `..` are left out, backslashes separate folders, characters that some
 * system refuses or a terminal obeys become `_`, names of devices begin with `_`, long names are
 * cut. Never empty. Different paths may come out the same: see {@link uniquePaths}.
 */
export function safePath(path: string): string {
  const names = path
    .replace(/^[a-z]:(?=[\\/])/i, '')
    .split(/[\\/]/)
    .map((name) => (/^\s*\.{0,2}\s*$/.test(name) ? '' : safeName(name)))
    .filter((name) => name !== '');
  return names.join('/') || '_';
}

function safeName(name: string): string {
  const plain = shortened(name.replace(UNPRINTABLE, '_').replace(/[<>:"|?*]/g, '_'))
    // Windows forgets dots and spaces at the end.
    .replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  return RESERVED.test(plain) ? `_${plain}` : plain;
}

/** Bytes in UTF-8. Counted, for Jest's pages (jsdom) have no `TextEncoder`. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** At most MOST_BYTES in UTF-8; the extension stays. */
function shortened(name: string): string {
  if (utf8Length(name) <= MOST_BYTES) return name;
  const [, stem, extension] = /^(.*?)(\.[^.]{1,10})?$/s.exec(name) as unknown as [
    string,
    string,
    string | undefined,
  ];
  const end = extension ?? '';
  let room = MOST_BYTES - utf8Length(end);
  let kept = '';
  for (const character of stem) {
    room -= utf8Length(character);
    if (room < 0) break;
    kept += character;
  }
  return kept + end;
}

/**
 * Gives every path that it is handed one of its own: a second `a/b.png` becomes `a/b (2).png`.
 * Paths that differ in case or composition of letters alone are the same to some systems and count
 * as such, and so do a file and a folder of one name.
 */
export function uniquePaths(): (path: string) => string {
  const taken = new Map<string, 'file' | 'folder'>();
  // Where to go on counting, so that thousands of one name do not begin at 2 each time.
  const counts = new Map<string, number>();

  const free = (path: string, as: 'file' | 'folder'): string => {
    const wanted = keyOf(path);
    let [name, key] = [path, wanted];
    for (let n = counts.get(`${as} ${wanted}`) ?? 2; ; n++) {
      const kind = taken.get(key);
      if (kind === undefined || (kind === 'folder' && as === 'folder')) {
        taken.set(key, as);
        return name;
      }
      name = as === 'file' ? numbered(path, n) : `${path} (${n})`;
      key = keyOf(name);
      if (as === 'file') counts.set(`file ${wanted}`, n);
    }
  };

  return (path) => {
    const names = path.split('/');
    const file = names.pop() ?? '';
    let folder = '';
    for (const name of names) folder = `${free(folder + name, 'folder')}/`;
    return free(folder + file, 'file');
  };
}

function numbered(path: string, n: number): string {
  return path.replace(/(\.[^./]+)?$/, (extension) => ` (${n})${extension}`);
}

/** Upper case first: it tells fewer letters apart (the two small sigmas, sharp s). */
function keyOf(path: string): string {
  return path.normalize('NFC').toUpperCase().toLowerCase();
}
