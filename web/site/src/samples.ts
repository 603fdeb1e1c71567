/** Pictures to try: photos of the test fixtures and a few more, all CC0. */
import labels from '../samples/labels.json?url';

/** Addresses of the sample pictures: photos of the test fixtures, all CC0. */
const photos = import.meta.glob<string>('../../../tests/fixtures/photos/*.jpg', {
  query: '?url',
  import: 'default',
  eager: true,
});

/** In the order shown; together they have all three verdicts, near and far faces. */
const OFFERED = ['698', '334', '786', '96', '373'];

export const SAMPLES: readonly string[] = OFFERED.flatMap((number) => {
  const address = photos[`../../../tests/fixtures/photos/maksssksksss${number}.jpg`];
  return address ? [address] : [];
});

const others = import.meta.glob<string>('../samples/*.jpg', {
  query: '?url',
  import: 'default',
  eager: true,
});

/** A sample's name as its labels know it, and where it lies. */
export interface LabelledSample {
  name: string;
  url: string;
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export const LABELLED_SAMPLES: readonly LabelledSample[] = Object.entries({ ...photos, ...others })
  .map(([path, url]) => ({ name: nameOf(path), url }))
  .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));

/** Their boxes and labels, a COCO file. */
export const SAMPLE_LABELS: LabelledSample = { name: 'labels.json', url: labels };
