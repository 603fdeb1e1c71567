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
