// Films and live video through the built package in Chromium: what comes out, what is kept, and what
// happens when something is not as it should be. The film is made in the page, its faces are known.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startChromium } from '../bench/chromium.mjs';
import { score } from '../film/score.mjs';
import { fixture, rememberWorkers } from './harness.mjs';

let chromium;
let page;
before(async () => {
  chromium = await startChromium(fixture('photos'));
  page = await chromium.open();
  page.setDefaultTimeout(180_000);
  await page.evaluate(rememberWorkers);
  await page.evaluate(async () => {
    const { createDetector } = await import('/package/index.js');
    const film = await import('/film/page.js');
    const media = await import('/mediabunny/mediabunny.mjs');
    const at = { faces: '/film/faces.json', folder: '/fixtures/' };
    const detector = await createDetector({ threads: 1, quality: 'fast' });
    const collect = async (frames) => {
      const all = [];
      for await (const frame of frames) all.push(frame);
      return all;
    };
    const about = async (blob) => {
      const input = new media.Input({
        source: new media.BlobSource(blob),
        formats: media.ALL_FORMATS,
      });
      const [video, audio] = [
        await input.getPrimaryVideoTrack(),
        await input.getPrimaryAudioTrack(),
      ];
      const end = async (track) => (track ? track.computeDuration() : null);
      return {
        type: blob.type,
        video: await end(video),
        audio: await end(audio),
        sound: audio ? await audio.getCodec() : null,
      };
    };
    const failure = (work) =>
      work().then(
        () => null,
        ({ code, message }) => ({ code, message }),
      );
    window.moving = { detector, film, media, at, collect, about, failure };
  });
});
after(() => chromium?.close());

for (const [container, codec] of [
  ['webm', 'vp9'],
  ['mp4', 'avc'],
])
  test(`a film in ${container} comes frame by frame, and its copy keeps frames, times and sound`, async () => {
    const found = await page.evaluate(
      async ([container, codec]) => {
        const { detector, film, media, at, collect, about } = window.moving;
        const open = await film.openFilm({ seconds: 2, fps: 12, width: 480, height: 270 }, at);
        const blob = await film.encodeFilm(media, open, { container, codec, sound: true });
        const frames = await collect(detector.frames(blob));
        const shares = [];
        const onProgress = ({ share }) => shares.push(share);
        const copy = await detector.annotate(blob, frames, { onProgress });
        const again = await collect(detector.frames(copy, { every: 6 }));
        return {
          frames: frames.map(({ time, faces, index }) => ({ time, index, faces: faces.length })),
          before: await about(blob),
          after: await about(copy),
          again: again.map(({ time, index }) => ({ time, index })),
          shares,
        };
      },
      [container, codec],
    );
    assert.equal(found.frames.length, 24);
    found.frames.forEach(({ time, index }, n) => {
      assert.equal(index, n);
      assert.ok(Math.abs(time - n / 12) < 0.002, `frame ${n} at ${time}`);
    });
    assert.ok(found.frames.every(({ faces }) => faces >= 2));
    assert.equal(found.after.type, `video/${container}`);
    assert.equal(found.after.sound, 'opus');
    assert.ok(Math.abs(found.after.audio - found.before.audio) < 0.04);
    assert.ok(Math.abs(found.after.video - found.before.video) < 0.09);
    assert.deepEqual(
      found.again.map(({ index }) => index),
      [0, 6, 12, 18],
    );
    found.again.forEach(({ time, index }) => {
      assert.ok(Math.abs(time - index / 12) < 0.002);
    });
    assert.ok(found.shares.at(-1) > 0.85);
  });

test('a film stored turned is judged upright', async () => {
  const sizes = await page.evaluate(async () => {
    const { detector, film, media, at, collect } = window.moving;
    const open = await film.openFilm({ seconds: 0.5, fps: 6, width: 320, height: 180 }, at);
    const blob = await film.encodeFilm(media, open, {
      container: 'mp4',
      codec: 'avc',
      rotation: 90,
    });
    return (await collect(detector.frames(blob))).map(({ width, height }) => [width, height]);
  });
  assert.deepEqual(sizes, [
    [180, 320],
    [180, 320],
    [180, 320],
  ]);
});

test('what is cut short gives what is there; what is no film, or none that is read here, is said', async () => {
  const found = await page.evaluate(async () => {
    const { detector, film, media, at, collect, failure } = window.moving;
    const open = await film.openFilm({ seconds: 2, fps: 12, width: 320, height: 180 }, at);
    const whole = await film.encodeFilm(media, open, { container: 'webm', codec: 'vp8' });
    const damages = [];
    const onDamage = ({ code }) => damages.push(code);
    const mp4 = await film.encodeFilm(media, open, { container: 'mp4', codec: 'avc' });
    const cut = await collect(detector.frames(mp4.slice(0, mp4.size * 0.6), { onDamage }));
    const bytes = new Uint8Array(await whole.arrayBuffer());
    const name = [...'V_VP8'].map((c) => c.charCodeAt(0));
    const where = bytes.findIndex((_, i) => name.every((c, k) => bytes[i + k] === c));
    const other = bytes.slice();
    other.set(
      [...'V_XY9'].map((c) => c.charCodeAt(0)),
      where,
    );
    return {
      cut: cut.length,
      damages,
      other: await failure(() => collect(detector.frames(other))),
      header: await failure(() => collect(detector.frames(whole.slice(0, 300)))),
      noise: await failure(() =>
        collect(detector.frames(new Blob([new Uint8Array(5000).fill(7)]))),
      ),
    };
  });
  assert.ok(found.cut > 5 && found.cut < 24, `${found.cut} frames of a film cut at 60 %`);
  assert.deepEqual(found.damages, ['bad-image']);
  assert.equal(found.other.code, 'unsupported-format');
  assert.match(found.other.message, /V_XY9|encoded as/);
  assert.ok(['bad-image', 'unsupported-format'].includes(found.header.code), found.header.message);
  assert.equal(found.noise.code, 'unsupported-format');
});

test('a film that only the player decodes is judged by moving the player, and its copy has the sound', async () => {
  const found = await page.evaluate(async () => {
    const { film, media, at, collect, about, failure } = window.moving;
    const open = await film.openFilm({ seconds: 1, fps: 10, width: 320, height: 180 }, at);
    const kind = { container: 'webm', codec: 'vp8', sound: true };
    const blob = await film.encodeFilm(media, open, kind);
    const { createDetector } = await import('/package/index.js');
    const { isConfigSupported } = VideoDecoder;
    VideoDecoder.isConfigSupported = async (config) => ({ supported: false, config });
    const detector = await createDetector({ threads: 1, quality: 'fast', worker: false });
    try {
      const player = document.createElement('video');
      const frames = await collect(detector.frames(blob, { player }));
      const copy = await detector.annotate(blob, frames, { player });
      return {
        alone: await failure(() => collect(detector.frames(blob))),
        frames: frames.map(({ time, faces, totalDuration }) => [time, faces.length, totalDuration]),
        copy: await about(copy),
        noise: await failure(() =>
          collect(detector.frames(new Blob([new Uint8Array(5000).fill(7)]), { player })),
        ),
      };
    } finally {
      VideoDecoder.isConfigSupported = isConfigSupported;
      await detector.close();
    }
  });
  assert.equal(found.frames.length, 10);
  found.frames.forEach(([time, faces, duration], n) => {
    assert.ok(Math.abs(time - n / 10) < 0.001);
    assert.ok(faces >= 2, `${faces} faces at ${time}`);
    assert.ok(Math.abs(duration - 1) < 0.1);
  });
  assert.equal(found.copy.sound, 'opus');
  assert.ok(Math.abs(found.copy.video - 1) < 0.1, `${found.copy.video} s`);
  assert.equal(found.noise.code, 'unsupported-format');
  assert.match(found.alone.message, /vp8/);
});

test('an animated WebP comes frame by frame, and its copy is a GIF', async () => {
  const found = await page.evaluate(async () => {
    const { detector, film, at, collect } = window.moving;
    const open = await film.openFilm({ seconds: 1, fps: 4, width: 320, height: 180 }, at);
    // Stills of the browser's own, put into one container (RIFF, extended format).
    const text = (word) => [...word].map((letter) => letter.charCodeAt(0));
    const number = (value, bytes) =>
      Array.from({ length: bytes }, (_, i) => (value >> (8 * i)) & 255);
    const chunk = (name, body) => [
      ...text(name),
      ...number(body.length, 4),
      ...body,
      ...(body.length % 2 ? [0] : []),
    ];
    const size = [...number(319, 3), ...number(179, 3)];
    const chunks = [
      ...chunk('VP8X', [2, 0, 0, 0, ...size]),
      ...chunk('ANIM', [255, 255, 255, 255, 0, 0]),
    ];
    for (let n = 0; n < open.plan.frames; n++) {
      open.draw(n);
      const still = await open.canvas.convertToBlob({ type: 'image/webp', quality: 0.8 });
      const bytes = new Uint8Array(await still.arrayBuffer());
      const name = [...bytes].findIndex(
        (_, i) => i >= 12 && String.fromCharCode(...bytes.subarray(i, i + 4)) === 'VP8 ',
      );
      const picture = [...bytes.subarray(name)];
      chunks.push(...chunk('ANMF', [0, 0, 0, 0, 0, 0, ...size, ...number(250, 3), 0, ...picture]));
    }
    const file = new Uint8Array([
      ...text('RIFF'),
      ...number(chunks.length + 4, 4),
      ...text('WEBP'),
      ...chunks,
    ]);
    const frames = await collect(detector.frames(file));
    const copy = await detector.annotate(file, frames);
    return {
      type: copy.type,
      frames: frames.map(({ time, total, faces }) => ({ time, total, faces: faces.length })),
    };
  });
  assert.equal(found.type, 'image/gif');
  assert.deepEqual(
    found.frames.map(({ time, total }) => [time, total]),
    [0, 0.25, 0.5, 0.75].map((time) => [time, 4]),
  );
  assert.ok(found.frames.every(({ faces }) => faces >= 2));
});

test('people are followed through pan, zoom and cuts, masks on and off within 0.7 seconds', async () => {
  const { truth, shown } = await page.evaluate(async () => {
    const { detector, film, at } = window.moving;
    const open = await film.openFilm({ seconds: 12, fps: 8, width: 960, height: 540 }, at);
    const truth = Array.from({ length: open.plan.frames }, (_, n) => open.plan.frame(n));
    const shown = [];
    for await (const result of detector.frames(film.videoFrames(open), { maxSide: 320 }))
      shown.push(film.shownFaces(result));
    return { truth, shown };
  });
  const { mota, idf1, switches, followed, labelChanges } = score(truth, shown);
  assert.ok(mota >= 0.85, `MOTA ${mota}`);
  assert.ok(idf1 >= 0.9, `IDF1 ${idf1}`);
  assert.ok(switches <= 1, `${switches} switches`);
  assert.ok(labelChanges <= 1, `${labelChanges} changes of labels without a cause`);
  assert.equal(followed.length, 2);
  for (const seconds of followed) assert.ok(seconds <= 0.7, `${seconds} s`);
});

/** A video element that plays the film's frames from a canvas, as a camera does. */
const withStream = (work, argument) =>
  page.evaluate(
    async ([source, argument]) => {
      const { film, at } = window.moving;
      const open = await film.openFilm({ seconds: 6, fps: 15, width: 320, height: 180 }, at);
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width: 320, height: 180 });
      const context = canvas.getContext('2d');
      let n = 0;
      const timer = setInterval(() => {
        open.draw(n++ % open.plan.frames);
        context.drawImage(open.canvas, 0, 0);
      }, 66);
      const video = document.createElement('video');
      Object.assign(video, { muted: true, srcObject: canvas.captureStream(15) });
      document.body.append(video);
      await video.play();
      try {
        // biome-ignore lint/security/noGlobalEval: the function comes from the test itself.
        return await eval(`(${source})`)(video, argument);
      } finally {
        clearInterval(timer);
        video.remove();
      }
    },
    [String(work), argument],
  );

for (const lacking of [
  [],
  ['VideoFrame'],
  ['requestVideoFrameCallback'],
  ['VideoFrame', 'requestVideoFrameCallback'],
])
  test(`live video is followed${lacking.length > 0 ? ` without ${lacking.join(' and ')}` : ''}, and every frame is closed`, async () => {
    const found = await withStream(async (video, lacking) => {
      const { VideoFrame: Whole } = window;
      const callback = HTMLVideoElement.prototype.requestVideoFrameCallback;
      let open = 0;
      if (lacking.includes('VideoFrame')) window.VideoFrame = undefined;
      else
        window.VideoFrame = class extends Whole {
          constructor(...args) {
            super(...args);
            open++;
          }
          close() {
            open--;
            super.close();
          }
        };
      if (lacking.includes('requestVideoFrameCallback'))
        delete HTMLVideoElement.prototype.requestVideoFrameCallback;
      try {
        const results = [];
        const events = [];
        const live = window.moving.detector.watch(video, {
          onResult: (result) => results.push(result),
          onEvent: (event) => events.push(event),
        });
        const until = performance.now() + 60_000;
        while (results.length < 12 && performance.now() < until)
          await new Promise((resolve) => setTimeout(resolve, 50));
        live.set({ minScore: 0.99 });
        const changed = results.length;
        while (results.length < changed + 3 && performance.now() < until)
          await new Promise((resolve) => setTimeout(resolve, 50));
        live.pause();
        await new Promise((resolve) => setTimeout(resolve, 300));
        const paused = results.length;
        await new Promise((resolve) => setTimeout(resolve, 300));
        const rested = results.length - paused;
        live.stop();
        await new Promise((resolve) => setTimeout(resolve, 300));
        return {
          faces: results.map(({ faces }) => faces.length),
          ids: results[10].faces.map(({ trackId }) => trackId),
          ordered: results.every(({ time }, n) => n === 0 || time > results[n - 1].time),
          latency: results.at(-1).latency,
          entered: events.filter(({ kind }) => kind === 'enter').length,
          rested,
          open,
        };
      } finally {
        window.VideoFrame = Whole;
        HTMLVideoElement.prototype.requestVideoFrameCallback = callback;
      }
    }, lacking);
    assert.ok(found.faces[10] >= 2, `faces: ${found.faces}`);
    assert.ok(found.ids.every((id) => id > 0));
    assert.ok(found.ordered, 'times grow');
    assert.ok(found.entered >= 2);
    assert.equal(found.rested, 0, 'nothing comes while it is paused');
    assert.ok(found.latency > 0);
    assert.equal(found.open, 0, 'frames that were not closed');
  });

test('a paused film is judged where it is moved to, and another film begins with other people', async () => {
  const found = await page.evaluate(async () => {
    const { detector, film, media, at } = window.moving;
    const open = await film.openFilm({ seconds: 4, fps: 6, width: 320, height: 180 }, at);
    const blob = await film.encodeFilm(media, open, { container: 'webm', codec: 'vp8' });
    const video = document.createElement('video');
    video.muted = true;
    video.src = URL.createObjectURL(blob);
    const results = [];
    const live = detector.watch(video, { onResult: (result) => results.push(result) });
    const one = async () => {
      const before = results.length;
      const until = performance.now() + 30_000;
      while (results.length === before && performance.now() < until)
        await new Promise((resolve) => setTimeout(resolve, 30));
      await new Promise((resolve) => setTimeout(resolve, 200));
      return results.at(-1);
    };
    const first = await one();
    video.currentTime = 2;
    const moved = await one();
    const count = results.length;
    video.src = URL.createObjectURL(blob);
    const other = await one();
    live.stop();
    return {
      first: { time: first?.time, ids: first?.faces.map(({ trackId }) => trackId) },
      moved: moved?.time,
      other: { ids: other?.faces.map(({ trackId }) => trackId), more: results.length > count },
    };
  });
  assert.ok(found.first.ids.length >= 1);
  assert.ok(Math.abs(found.moved - 2) < 0.2, `judged at ${found.moved}`);
  assert.ok(found.other.more);
  assert.ok(
    found.other.ids.every((id) => !found.first.ids.includes(id)),
    `${found.first.ids} and then ${found.other.ids}`,
  );
});

test('a video whose frame cannot be read yet is asked again', async () => {
  const found = await page.evaluate(async () => {
    const { detector, film, media, at } = window.moving;
    const open = await film.openFilm({ seconds: 1, fps: 6, width: 320, height: 180 }, at);
    const blob = await film.encodeFilm(media, open, { container: 'webm', codec: 'vp8' });
    const video = document.createElement('video');
    video.muted = true;
    video.src = URL.createObjectURL(blob);
    const Whole = window.VideoFrame;
    let refused = 0;
    window.VideoFrame = class extends Whole {
      constructor(...source) {
        super(...source);
        if (refused === 5) return;
        refused++;
        this.close();
        throw new DOMException('Invalid source state.', 'InvalidStateError');
      }
    };
    try {
      // Without onError: the first error would end it.
      const first = await new Promise((resolve) => {
        const live = detector.watch(video, {
          onResult: (result) => {
            live.stop();
            resolve(result);
          },
        });
      });
      return { refused, faces: first.faces.length };
    } finally {
      window.VideoFrame = Whole;
    }
  });
  assert.equal(found.refused, 5);
  assert.ok(found.faces >= 1);
});

test('a video that is taken out of the page and put back is followed on; a killed worker costs one frame', async () => {
  const found = await withStream(async (video) => {
    const results = [];
    const errors = [];
    const live = window.moving.detector.watch(video, {
      onResult: (result) => results.push(result),
      onError: ({ code }) => errors.push(code),
    });
    const more = async (count) => {
      const wanted = results.length + count;
      const until = performance.now() + 60_000;
      while (results.length < wanted && performance.now() < until)
        await new Promise((resolve) => setTimeout(resolve, 50));
      return results.length >= wanted;
    };
    const before = await more(3);
    video.remove();
    await new Promise((resolve) => setTimeout(resolve, 300));
    document.body.append(video);
    await video.play();
    const putBack = await more(3);
    const highest = Math.max(...results.flatMap(({ faces }) => faces.map((f) => f.trackId)));
    for (const worker of window.started.splice(0)) worker.terminate();
    const restarted = await more(3);
    live.stop();
    const ids = results.at(-1).faces.map(({ trackId }) => trackId);
    const told = results.filter((result) => result.restarted).length;
    return { before, putBack, restarted, told, errors, highest, ids };
  });
  assert.deepEqual([found.before, found.putBack, found.restarted], [true, true, true]);
  assert.equal(found.told, 1, 'that it was started again is told once');
  assert.ok(found.errors.length <= 1, String(found.errors));
  assert.ok(found.ids.length > 0);
  assert.ok(
    found.ids.every((id) => id > found.highest),
    'nobody gets the number of somebody else',
  );
});
