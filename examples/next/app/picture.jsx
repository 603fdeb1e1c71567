'use client';
import { useMasklens } from 'masklens/react';

export default function Picture() {
  const { start, status, result, error, progress } = useMasklens({ assets: '/masklens/' });
  return (
    <>
      <input type="file" aria-label="Picture" onChange={({ target }) => start(target.files[0])} />
      <p id="answer">
        {status === 'loading' &&
          progress &&
          `Loading: ${progress.loaded} of ${progress.total} bytes`}
        {error && `${error.code}: ${error.message}`}
        {result &&
          `${result.faces.length} faces: ${result.faces.map(({ label }) => label).join(', ')}`}
      </p>
    </>
  );
}
