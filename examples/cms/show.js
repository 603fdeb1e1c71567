const answer = document.querySelector('#answer');
document.addEventListener('masklens-result', ({ detail: { faces } }) => {
  answer.textContent = `${faces.length} faces: ${faces.map(({ label }) => label).join(', ')}`;
});
document.addEventListener('masklens-error', ({ detail: { code, message } }) => {
  answer.textContent = `${code}: ${message}`;
});
