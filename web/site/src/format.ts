/**
 * What kind of file this is, by its first bytes: for words about files that could not be read. The
 * package decides what can be; its messages name the format too, but in English alone.
 */
export type FormatName =
  | 'JPEG'
  | 'PNG'
  | 'GIF'
  | 'BMP'
  | 'WebP'
  | 'AVIF'
  | 'HEIC'
  | 'TIFF'
  | 'JPEG XL'
  | 'SVG'
  | 'PDF'
  | 'ZIP'
  | 'film'
  | 'text'
  | '';

/** Enough for every signature, and to tell text. */
const HEAD = 512;

/** Which bytes a file has from which place on; several must all be there. */
const SIGNATURES: readonly (readonly [FormatName, ...(readonly [number, string])[]])[] = [
  ['JPEG', [0, '\xff\xd8\xff']],
  ['PNG', [0, '\x89PNG\r\n\x1a\n']],
  ['GIF', [0, 'GIF87a']],
  ['GIF', [0, 'GIF89a']],
  // "BM" alone also begins words: the reserved fields of the header are zero.
  ['BMP', [0, 'BM'], [6, '\0\0\0\0']],
  ['WebP', [0, 'RIFF'], [8, 'WEBP']],
  ['film', [0, 'RIFF'], [8, 'AVI ']],
  ['film', [0, '\x1aE\xdf\xa3']],
  ['film', [0, '\0\0\x01\xba']],
  ['film', [0, '\0\0\x01\xb3']],
  ['film', [0, 'OggS']],
  ['film', [0, 'FLV\x01']],
  ['TIFF', [0, 'II*\0']],
  ['TIFF', [0, 'MM\0*']],
  ['JPEG XL', [0, '\xff\x0a']],
  ['JPEG XL', [0, '\0\0\0\x0cJXL \r\n\x87\n']],
  ['PDF', [0, '%PDF-']],
  ['ZIP', [0, 'PK\x03\x04']],
];

/** ISO/IEC 14496-12: the first box names the file's brand and those it is compatible with. */
function isoMedia(head: string): FormatName {
  const brands = head.slice(8, head.charCodeAt(3) + 256 * head.charCodeAt(2)).match(/.{4}/gs) ?? [];
  if (brands.some((brand) => /^avi[fs]$/.test(brand))) return 'AVIF';
  const heic = brands.some((brand) => /^(he(ic|ix|im|is|vc|vx)|mif1|msf1)$/.test(brand));
  return heic ? 'HEIC' : 'film';
}

const SVG = /^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg/s;
const TEXT = /^[\t\n\r\x20-\x7e\x80-\xff]+$/;

/** Empty when it is none of those known, or cannot be read. */
export async function formatOf(file: Blob): Promise<FormatName> {
  try {
    const bytes = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
    const head = String.fromCharCode(...bytes);
    for (const [name, ...parts] of SIGNATURES)
      if (parts.every(([at, text]) => head.startsWith(text, at))) return name;
    if (head.startsWith('ftyp', 4)) return isoMedia(head);
    if (SVG.test(head)) return 'SVG';
    return TEXT.test(head) ? 'text' : '';
  } catch {
    return '';
  }
}
