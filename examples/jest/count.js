const { createDetector } = require('masklens');

/** How many people of a picture wear their mask well. */
exports.countCorrect = async (picture) => {
  const detector = await createDetector();
  try {
    const { faces } = await detector.detect(picture);
    return faces.filter(({ label }) => label === 'correct').length;
  } finally {
    await detector.close();
  }
};
