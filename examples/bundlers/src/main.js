// The whole recipe: `masklens copy-assets public/masklens`, and say where that is.
import { createDetector } from 'masklens';

const detector = createDetector({ assets: new URL('masklens/', document.baseURI) });
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
