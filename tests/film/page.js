// Runs in the page: draws the planned frames, encodes films of them, hands them to a detector.
import { planFilm } from './plan.mjs';

const photos = new Map();

async function photoOf(name, folder) {
  if (!photos.has(name)) {
    const answer = await fetch(`${folder}${name}.jpg`);
    photos.set(name, await createImageBitmap(await answer.blob()));
  }
  return photos.get(name);
}

/** The plan, and `draw(n)` onto its canvas. */
export async function openFilm(options, { faces, folder }) {
  const known = await (await fetch(faces)).json();
  const plan = planFilm(known, options);
  const canvas = new OffscreenCanvas(plan.width, plan.height);
  const context = canvas.getContext('2d');
  for (const name of Object.keys(known)) await photoOf(name, folder);
  return {
    plan,
    canvas,
    draw(n) {
      const frame = plan.frame(n);
      for (const { photo, colour, from, to } of frame.draws) {
        if (colour) {
          context.fillStyle = colour;
          context.fillRect(...to);
        } else if (from) context.drawImage(photos.get(photo), ...from, ...to);
        else context.drawImage(photos.get(photo), ...to);
      }
      return frame;
    },
  };
}

/** VideoFrames of the film, each closed when the next is asked for. */
export async function* videoFrames(film) {
  for (let n = 0; n < film.plan.frames; n++) {
    film.draw(n);
    const frame = new VideoFrame(film.canvas, {
      timestamp: Math.round((n * 1e6) / film.plan.fps),
      duration: Math.round(1e6 / film.plan.fps),
    });
    try {
      yield frame;
    } finally {
      frame.close();
    }
  }
}

/** The film as a file, with a tone once a second where there is sound. `media`: mediabunny. */
export async function encodeFilm(media, film, { container, codec, sound = false, rotation = 0 }) {
  const format =
    container === 'mp4'
      ? new media.Mp4OutputFormat()
      : container === 'mov'
        ? new media.MovOutputFormat()
        : new media.WebMOutputFormat();
  const target = new media.BufferTarget();
  const output = new media.Output({ format, target });
  const { plan } = film;
  const video = new media.VideoSampleSource({
    codec,
    bitrate: (plan.width * plan.height * 3) | 0,
    keyFrameInterval: 2,
  });
  output.addVideoTrack(video, { rotation, frameRate: plan.fps });
  const audio = sound ? new media.AudioSampleSource({ codec: 'opus', bitrate: 64_000 }) : null;
  if (audio) output.addAudioTrack(audio);
  await output.start();
  let n = 0;
  for await (const frame of videoFrames(film)) {
    const sample = new media.VideoSample(frame.clone());
    await video.add(sample);
    sample.close();
    if (audio && n % plan.fps === 0) {
      const sound = beep(media, n / plan.fps);
      await audio.add(sound);
      sound.close();
    }
    n++;
  }
  await output.finalize();
  return new Blob([target.buffer], { type: format.mimeType });
}

/** A second of sound: a tenth of it a tone. */
function beep(media, time) {
  const rate = 48_000;
  const data = new Float32Array(rate);
  for (let i = 0; i < rate / 10; i++) data[i] = 0.3 * Math.sin((2 * Math.PI * 440 * i) / rate);
  return new media.AudioSample({
    data,
    format: 'f32',
    numberOfChannels: 1,
    sampleRate: rate,
    timestamp: time,
  });
}

/** What a detector shows of each frame, in the form that score.mjs takes. */
export const shownFaces = ({ faces }) =>
  faces.map(({ trackId, label, box }) => ({
    id: trackId,
    label,
    box: [box.x, box.y, box.width, box.height],
  }));
