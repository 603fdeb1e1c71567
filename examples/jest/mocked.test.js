// A unit test: no network is loaded, and what is found is said by the test.
jest.mock('masklens', () => require('masklens/mock'));
const { answerWith, mockFace } = require('masklens');
const { countCorrect } = require('./count');

test('masks that are worn well are counted', async () => {
  answerWith({ faces: [mockFace(), mockFace({ label: 'unmasked' }), mockFace()] });
  expect(await countCorrect(new Uint8Array(9))).toBe(2);
});
