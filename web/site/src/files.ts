/** Files out of drops, pastes and choosers; folders are walked. */

/** A file and where it lay below what was dropped or chosen, `/` between folders. */
export interface Found {
  file: File;
  path: string;
  /** The browser was not let in: `file` has the name and nothing else. */
  unreadable?: true;
}

/** Stands for a file or folder of a drop that the browser cannot read, so that it is told of by name. */
export const unreadable = (name: string, path = name): Found => ({
  file: new File([], name),
  path,
  unreadable: true,
});

/** Which files of a folder are wanted. */
export type Wanted = (path: string, file: File) => boolean;

const NOT_PICTURES = /(^|\/)(\.[^/]*|Thumbs\.db|desktop\.ini)$/i;
const PICTURE_NAME =
  /\.(jpe?g|jfif|png|apng|gif|bmp|dib|webp|avif|hei[cf]|tiff?|jxl|mp4|m4v|mov|webm|mkv)$/i;

/** Pictures, and the files that say what is on them. */
export const picturesAndLabels: Wanted = (path, file) =>
  picturesOnly(path, file) ||
  (/\.(json|xml|txt|names|ya?ml)$/i.test(path) && !NOT_PICTURES.test(path));

/** Of a folder only pictures are taken; a file given by itself is always taken, so that a wrong one is told by name. */
export const picturesOnly: Wanted = (path, file) =>
  !NOT_PICTURES.test(path) && (/^(image|video)\//.test(file.type) || PICTURE_NAME.test(path));

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/**
 * `readEntries` gives at most 100 at a time, and an empty list at the end.
 * @throws DOMException of a folder that may not be read
 */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

async function* walk(
  entry: FileSystemEntry,
  path: string,
  wanted: Wanted,
  inFolder: boolean,
): AsyncGenerator<Found> {
  if (entry.isFile) {
    const file = await fileOf(entry as FileSystemFileEntry).catch(() => null);
    const found = file ? { file, path } : unreadable(entry.name, path);
    if (!inFolder || wanted(path, found.file)) yield found;
    return;
  }
  const children = await entriesOf(entry as FileSystemDirectoryEntry).catch(() => null);
  if (!children) {
    yield unreadable(entry.name, path);
    return;
  }
  children.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  for (const child of children) yield* walk(child, `${path}/${child.name}`, wanted, true);
}

/**
 * Everything in a drop or paste. The entries must be taken in the same turn as the event, before
 * the browser empties the list; the walk itself may take its time.
 */
export function filesOfTransfer(
  transfer: DataTransfer,
  wanted: Wanted = picturesOnly,
): Promise<Found[]> {
  const entries: FileSystemEntry[] = [];
  const plain: File[] = [];
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry?.();
    if (entry) entries.push(entry);
    else {
      const file = item.getAsFile();
      if (file) plain.push(file);
    }
  }
  return (async () => {
    const found: Found[] = plain.map((file) => ({ file, path: file.name }));
    for (const entry of entries) {
      for await (const item of walk(entry, entry.name, wanted, false)) found.push(item);
    }
    return found;
  })();
}

/** Everything chosen in a file input; a folder's input gives paths. */
export function filesOfInput(input: HTMLInputElement, wanted: Wanted = picturesOnly): Found[] {
  const found: Found[] = [];
  for (const file of input.files ?? []) {
    const path = file.webkitRelativePath || file.name;
    if (!file.webkitRelativePath || wanted(path, file)) found.push({ file, path });
  }
  return found;
}
