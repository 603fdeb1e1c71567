// What the soak does, in Node and on a page alike. Nothing but the package is used; what is expected
// of every call is known, and what came instead is told.

/** The code of the error that a promise rejects with (its name where it has none), or null. */
const codeOf = (promise) =>
  promise.then(
    () => null,
    (error) => error.code ?? error.name,
  );
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Small whole numbers, the same in every run. */
function numbers(seed = 1) {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

/**
 * `package` is what masklens exports, `files` the bytes by name, `options` those of the detector,
 * `kill` ends its worker (null where there is none), `frame` gives a frame of live video.
 */
export class Workload {
  constructor({ masklens, files, options, kill, frame }) {
    Object.assign(this, { masklens, files, options, kill, frame });
    this.random = numbers();
    this.surprises = [];
    this.detector = null;
  }

  async open() {
    this.detector = await this.masklens.createDetector(this.options);
  }

  async close() {
    await this.detector?.close();
    this.detector = null;
  }

  async expect(what, promise, ...codes) {
    const code = await codeOf(promise);
    if (!codes.includes(code)) this.surprises.push(`${what}: ${code}`);
  }

  pixels(width, height) {
    return { data: new Uint8ClampedArray(width * height * 4).fill(200), width, height };
  }

  /** One of the calls that people make, good and bad ones. */
  call() {
    const { detector, files } = this;
    const { photo, gif, cut, text } = files;
    const face = {
      box: { x: 10, y: 10, width: 40, height: 50 },
      score: 0.9,
      label: 'correct',
      probabilities: { correct: 0.8, incorrect: 0.1, unmasked: 0.1 },
      uncertain: false,
      landmarks: null,
    };
    const calls = [
      () => this.expect('photo', detector.detect(photo), null),
      () => this.expect('fast', detector.detect(photo, { quality: 'fast', maxSide: 320 }), null),
      () => this.expect('pixels', detector.detect(this.pixels(200, 100)), null),
      () => this.expect('cut', detector.detect(cut), 'bad-image'),
      () => this.expect('text', detector.detect(text), 'unsupported-format'),
      () => this.expect('bytes', detector.detect(this.pixels(10.5, 2)), 'bad-image'),
      () => this.expect('option', detector.detect(photo, { minscore: 1 }), 'TypeError'),
      () => this.expect('range', detector.detect(photo, { minScore: 2 }), 'RangeError'),
      () => this.expect('nothing', detector.detect(null), 'TypeError'),
      () => this.expect('draw', detector.annotate(photo, { faces: [face] }), null),
      () =>
        this.expect(
          'blur',
          detector.annotate(photo, { faces: [face] }, { type: 'image/jpeg', privacy: 'blur' }),
          null,
        ),
      () =>
        this.expect(
          'label',
          detector.annotate(photo, { faces: [{ ...face, label: '' }] }),
          'TypeError',
        ),
      () => this.expect('gif', detector.detectAnimation(gif, { quality: 'fast' }), null),
      () => this.expect('gone', detector.detect(photo, { signal: AbortSignal.abort() }), 'aborted'),
    ];
    return calls[this.random(calls.length)]();
  }

  async calls(count) {
    // Some at once, as they come from a page.
    for (let done = 0; done < count; done += 5)
      await Promise.all(Array.from({ length: Math.min(5, count - done) }, () => this.call()));
  }

  async cycles(count) {
    await this.close();
    for (let done = 0; done < count; done++) {
      await this.open();
      await this.expect('first', this.detector.detect(this.files.photo), null);
      const last = this.expect('closed', this.detector.detect(this.files.photo), null, 'closed');
      await this.close();
      await last;
    }
    await this.open();
  }

  async aborts(count) {
    for (let done = 0; done < count; done++) {
      const controller = new AbortController();
      const { signal } = controller;
      const call = this.detector.detect(this.files.photo, { signal });
      const outcome = this.expect('given up', call, null, 'aborted');
      await pause(this.random(30));
      controller.abort();
      await outcome;
    }
    await this.expect('after aborts', this.detector.detect(this.files.photo), null);
  }

  async frames(count) {
    for (let done = 0; done < count; done++) {
      const { picture, close } = this.frame();
      const live = { quality: 'fast', maxSide: 320 };
      await this.expect('frame', this.detector.detect(picture, live), null);
      close();
    }
  }

  /** Ends the worker while it works; the next call has another. */
  async kills(count) {
    for (let done = 0; done < count; done++) {
      const call = codeOf(this.detector.detect(this.files.photo));
      await pause(this.random(10));
      this.kill();
      const code = await call;
      if (code !== null && code !== 'crashed') this.surprises.push(`killed: ${code}`);
      // On a busy machine it had answered before; who is ended between two calls is found out with
      // the next one at the latest.
      if (code === null)
        await this.expect('next', this.detector.detect(this.files.photo), null, 'crashed');
      await this.expect('after a kill', this.detector.detect(this.files.photo), null);
    }
  }
}
