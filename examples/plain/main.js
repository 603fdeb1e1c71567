// No bundler: the package's folder `dist` lies beside the page, the assets are found beside index.js.
import { createDetector } from './masklens/index.js';

const detector = createDetector();
const answer = document.querySelector('#answer');
document.querySelector('input').addEventListener('change', async ({ target }) => {
  answer.textContent = 'Looking …';
  try {
    const { faces } = await (await detector).detect(target.files[0]);
    answer.textContent = `${faces.length} faces: ${faces.map(({ label }) => label).join(', ')}`;
  } catch ({ code, message }) {
    answer.textContent = `${code}: ${message}`;
  }
});
