/**
 * Films, read and written by mediabunny and the browser's WebCodecs: `assets/film.js`, a script of
 * its own, so that pictures pay nothing for it.
 */
import {
  type AudioCodec,
  AudioSampleSink,
  AudioSampleSource,
  BlobSource,
  EncodedAudioPacketSource,
  EncodedPacketSink,
  getFirstEncodableAudioCodec,
  getFirstEncodableVideoCodec,
  Input,
  type InputAudioTrack,
  type InputVideoTrack,
  MATROSKA,
  MP4,
  Mp4OutputFormat,
  Output,
  QTFF,
  QUALITY_HIGH,
  StreamTarget,
  VideoSample,
  VideoSampleSink,
  VideoSampleSource,
  WEBM,
  WebMOutputFormat,
} from 'mediabunny';
import { MasklensError, messageOf } from '../api/errors.js';

const FORMATS = [MP4, QTFF, WEBM, MATROSKA];

export interface FilmFrame {
  /** Upright; the receiver's to close. */
  frame: VideoFrame;
  /** Seconds. */
  time: number;
  duration: number;
}

export interface Film {
  readonly width: number;
  readonly height: number;
  /** Seconds. */
  readonly duration: number | null;
  /** The next frame, null after the last. */
  next(): Promise<FilmFrame | null>;
  close(): void;
}

/** @throws MasklensError `unsupported-format` (no film, or a codec that is not decoded here), `bad-image` */
export async function openFilm(data: Blob): Promise<Film> {
  const input = new Input({ source: new BlobSource(data), formats: FORMATS });
  try {
    if (!(await input.canRead())) throw unknownKind();
    const track = await input.getPrimaryVideoTrack();
    if (!track) throw new MasklensError('bad-image', 'The film has no picture, only sound.');
    if (!(await track.canDecode())) throw await unknownCodec(track);
    const [width, height, duration] = await Promise.all([
      track.getDisplayWidth(),
      track.getDisplayHeight(),
      input.getDurationFromMetadata([track]),
    ]);
    return new OpenFilm(input, track, width, height, duration);
  } catch (error) {
    input.dispose();
    if (error instanceof MasklensError) throw error;
    throw damaged(error);
  }
}

const unknownKind = () =>
  new MasklensError(
    'unsupported-format',
    'This is neither a picture nor a film that can be read. MP4, MOV, WebM and MKV can.',
  );

async function unknownCodec(track: InputVideoTrack): Promise<MasklensError> {
  const codec = (await track.getCodecParameterString()) ?? track.internalCodecId ?? 'unknown';
  return new MasklensError(
    'unsupported-format',
    `The film's pictures are encoded as ${codec}, which this browser does not decode. Convert it to H.264, VP9 or AV1, or try another browser.`,
    { format: 'video' },
  );
}

// Durations in headers are rounded, and count sound that goes on after the pictures.
const MISSING_SECONDS = 0.5;

const damaged = (cause: unknown) =>
  new MasklensError('bad-image', `The film is damaged or cut short: ${messageOf(cause)}.`, {
    cause,
  });

class OpenFilm implements Film {
  readonly #input: Input;
  readonly #track: InputVideoTrack;
  readonly #sink: VideoSampleSink;
  #samples: AsyncGenerator<VideoSample, void, unknown>;
  #last: number | null = null;
  #end = 0;
  // What was in the way; told when the frames before it have come.
  #damage: unknown = null;
  readonly width: number;
  readonly height: number;
  readonly duration: number | null;

  constructor(
    input: Input,
    track: InputVideoTrack,
    width: number,
    height: number,
    duration: number | null,
  ) {
    this.#input = input;
    this.#track = track;
    this.#sink = new VideoSampleSink(track);
    this.#samples = this.#sink.samples();
    this.width = width;
    this.height = height;
    this.duration = duration;
  }

  async next(): Promise<FilmFrame | null> {
    let step: IteratorResult<VideoSample, void>;
    try {
      step = await this.#samples.next();
    } catch (error) {
      if (this.#damage !== null) throw damaged(this.#damage);
      // Reading is ahead of decoding: what lies before the damage is still to come.
      this.#damage = error;
      this.#samples = this.#sink.samples(...(await this.#whole()));
      return this.next();
    }
    if (step.done) {
      this.#damage ??= this.#missing();
      if (this.#damage === null) return null;
      throw damaged(this.#damage);
    }
    const sample = step.value;
    try {
      if (this.#last !== null && sample.timestamp <= this.#last) return await this.next();
      this.#last = sample.timestamp;
      this.#end = sample.timestamp + sample.duration;
      return { frame: upright(sample), time: sample.timestamp, duration: sample.duration };
    } finally {
      sample.close();
    }
  }

  /** What is not there is passed over without a word: the film is shorter than it says. */
  #missing(): Error | null {
    if (this.duration === null || this.#last === null) return null;
    if (this.#end > 0.99 * this.duration - MISSING_SECONDS) return null;
    const [end, whole] = [this.#end.toFixed(1), this.duration.toFixed(1)];
    return new Error(`It ends after ${end} of ${whole} seconds`);
  }

  /** From the frame after the last one to the end of what can be read, seconds. */
  async #whole(): Promise<[from: number, to: number]> {
    let end = Number.NEGATIVE_INFINITY;
    try {
      for await (const { timestamp } of new EncodedPacketSink(this.#track).packets())
        end = Math.max(end, timestamp);
    } catch {
      // The damage.
    }
    return [this.#last ?? Number.NEGATIVE_INFINITY, end];
  }

  close(): void {
    // Ends the decoder; what it still decodes is dropped.
    this.#samples.return().catch(() => undefined);
    this.#input.dispose();
  }
}

function upright(sample: VideoSample): VideoFrame {
  if (sample.rotation === 0 && !sample.flip) return sample.toVideoFrame();
  const { displayWidth, displayHeight, microsecondTimestamp: timestamp } = sample;
  const canvas = new OffscreenCanvas(displayWidth, displayHeight);
  const context = canvas.getContext('2d');
  if (!context) throw new MasklensError('out-of-memory', 'There is no memory for the frame.');
  sample.draw(context, 0, 0, displayWidth, displayHeight);
  return new VideoFrame(canvas, { timestamp });
}

export interface FilmWriter {
  readonly type: string;
  /** RGBA pixels, which are copied before this settles. */
  add(pixels: Uint8Array, time: number, duration: number): Promise<void>;
  finish(): Promise<Blob>;
  cancel(): Promise<void>;
}

/**
 * A film with the sound of `source`, as it is where the container takes it. MP4 for MP4 and MOV where
 * the browser encodes H.264, else WebM.
 */
export async function createFilm(source: Blob, width: number, height: number): Promise<FilmWriter> {
  const input = new Input({ source: new BlobSource(source), formats: FORMATS });
  const wantsMp4 = /mp4|quicktime/.test(await input.getMimeType());
  // Encoders halve the colours' planes: of an odd side the last row is cut.
  const size = { width: Math.max(2, width & ~1), height: Math.max(2, height & ~1) };
  const avc = wantsMp4 ? await getFirstEncodableVideoCodec(['avc'], size) : null;
  const codec = avc ?? (await getFirstEncodableVideoCodec(['vp8', 'vp9', 'av1'], size));
  if (!codec) {
    input.dispose();
    throw new MasklensError('unsupported-format', 'This browser encodes no films.');
  }
  const format = avc ? new Mp4OutputFormat({ fastStart: false }) : new WebMOutputFormat();
  const sink = new BlobSink();
  const output = new Output({ format, target: new StreamTarget(sink.stream, { chunked: true }) });
  const video = new VideoSampleSource({
    codec,
    bitrate: QUALITY_HIGH,
    keyFrameInterval: 2,
    latencyMode: 'quality',
  });
  output.addVideoTrack(video);
  const track = await input.getPrimaryAudioTrack();
  const sound = track ? await soundOf(track, format.getSupportedCodecs() as string[]) : null;
  if (sound) output.addAudioTrack(sound.source);
  await output.start();
  return new OpenWriter(input, output, video, sound, sink, format.mimeType, {
    from: width,
    ...size,
  });
}

interface Sound {
  source: EncodedAudioPacketSource | AudioSampleSource;
  /** Writes the sound up to a time, seconds. */
  writeUntil(time: number): Promise<void>;
}

/** The sound as it is, or encoded anew where it must be; null where neither can be. */
async function soundOf(track: InputAudioTrack, taken: string[]): Promise<Sound | null> {
  const codec = await track.getCodec();
  if (codec && taken.includes(codec)) {
    const source = new EncodedAudioPacketSource(codec);
    const config = (await track.getDecoderConfig()) ?? undefined;
    const packets = new EncodedPacketSink(track).packets();
    return untilTime(source, packets, (packet) =>
      source.add(packet, config && { decoderConfig: config }),
    );
  }
  const other = await getFirstEncodableAudioCodec(
    (['aac', 'opus'] as AudioCodec[]).filter((name) => taken.includes(name)),
  );
  if (!other || !(await track.canDecode())) return null;
  const source = new AudioSampleSource({ codec: other, bitrate: QUALITY_HIGH });
  return untilTime(source, new AudioSampleSink(track).samples(), async (sample) => {
    await source.add(sample);
    sample.close();
  });
}

function untilTime<T extends { timestamp: number }>(
  source: Sound['source'],
  items: AsyncGenerator<T, void, unknown>,
  write: (item: T) => Promise<void>,
): Sound {
  let waiting: T | null = null;
  let over = false;
  return {
    source,
    async writeUntil(time) {
      while (!over) {
        if (!waiting) {
          const step = await items.next();
          over = step.done === true;
          waiting = step.done ? null : step.value;
        }
        if (!waiting || waiting.timestamp > time) return;
        await write(waiting);
        waiting = null;
      }
    },
  };
}

/** Of the written picture; `from`: the width of what comes. */
interface Size {
  from: number;
  width: number;
  height: number;
}

class OpenWriter implements FilmWriter {
  readonly #input: Input;
  readonly #output: Output;
  readonly #video: VideoSampleSource;
  readonly #sound: Sound | null;
  readonly #sink: BlobSink;
  readonly #size: Size;
  readonly type: string;

  constructor(
    input: Input,
    output: Output,
    video: VideoSampleSource,
    sound: Sound | null,
    sink: BlobSink,
    type: string,
    size: Size,
  ) {
    this.#input = input;
    this.#output = output;
    this.#video = video;
    this.#sound = sound;
    this.#sink = sink;
    this.#size = size;
    this.type = type;
  }

  async add(pixels: Uint8Array, time: number, duration: number): Promise<void> {
    const { width, height } = this.#size;
    const sample = new VideoSample(this.#cut(pixels), {
      format: 'RGBX',
      codedWidth: width,
      codedHeight: height,
      timestamp: Math.max(0, time),
      duration,
    });
    try {
      await this.#sound?.writeUntil(time);
      await this.#video.add(sample);
    } finally {
      sample.close();
    }
  }

  #cut(pixels: Uint8Array): Uint8Array<ArrayBuffer> {
    const { from, width, height } = this.#size;
    const whole = from === width && pixels.length === 4 * width * height;
    // Shared memory is not taken by every browser.
    if (whole && pixels.buffer instanceof ArrayBuffer) return pixels as Uint8Array<ArrayBuffer>;
    const copy = new Uint8Array(4 * width * height);
    for (let y = 0; y < height; y++)
      copy.set(pixels.subarray(4 * y * from, 4 * (y * from + width)), 4 * y * width);
    return copy;
  }

  async finish(): Promise<Blob> {
    await this.#sound?.writeUntil(Number.POSITIVE_INFINITY);
    await this.#output.finalize();
    this.#input.dispose();
    return this.#sink.blob(this.type);
  }

  async cancel(): Promise<void> {
    await this.#output.cancel();
    this.#input.dispose();
  }
}

/** What is written, in pieces that the browser may keep on disk. */
class BlobSink {
  #whole = new Blob([]);
  readonly stream = new WritableStream<{ data: Uint8Array<ArrayBuffer>; position: number }>({
    write: ({ data, position }) => this.#write(data, position),
  });

  #write(data: Uint8Array<ArrayBuffer>, position: number): void {
    const { size } = this.#whole;
    const gap = position > size ? [new Uint8Array(position - size)] : [];
    // Headers are completed when everything else is there.
    this.#whole = new Blob([
      this.#whole.slice(0, position),
      ...gap,
      data,
      this.#whole.slice(Math.min(size, position + data.length)),
    ]);
  }

  blob(type: string): Blob {
    return new Blob([this.#whole], { type });
  }
}
