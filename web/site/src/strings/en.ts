/** Every word the site shows, in English. The other languages have the same shape. */

/** "1 face", "2 faces": English and German need no more than these two forms. */
const count = (n: number, one: string, many: string) =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

const inBrackets = (format: string): string => (format ? ` (${format})` : '');

export const en = {
  name: 'English',
  title: {
    pictures: 'Masklens: who wears a mask, and how?',
    live: 'Live · Masklens',
    compare: 'Compare · Masklens',
    check: 'Check it on your own pictures · Masklens',
    model: 'Model card · Masklens',
  },
  description:
    'Finds faces in your pictures and says how each mask is worn. Runs in your browser; no picture leaves your device.',
  nav: {
    label: 'Pages',
    skip: 'Skip to the content',
    home: 'Masklens, start page',
    pictures: 'Pictures',
    live: 'Live',
    compare: 'Compare',
    check: 'Check',
    model: 'Model card',
    language: 'Language',
    theme: 'Colours',
    themes: { auto: 'Auto', light: 'Light', dark: 'Dark' },
  },
  label: { correct: 'Mask worn correctly', incorrect: 'Mask worn wrongly', unmasked: 'No mask' },
  short: { correct: 'correct', incorrect: 'incorrect', unmasked: 'no mask' },
  uncertain: 'uncertain',
  tooSmall: 'too small to judge',
  hero: {
    heading: 'Who wears a mask, and how?',
    lead: 'Drop in photos. Every face is found and its mask judged right here in your browser. Nothing is uploaded, ever.',
  },
  drop: {
    label: 'Add pictures',
    title: 'Drop pictures here',
    over: 'Let go to add them',
    or: 'or paste from the clipboard',
    choose: 'Choose pictures',
    folder: 'Choose a folder',
    camera: 'Take a photo',
    formats: 'JPEG, PNG, GIF, BMP, WebP, AVIF; HEIC where your browser can',
    add: 'Add more',
    none: 'No picture was found in what you dropped.',
  },
  samples: {
    heading: 'Or try one of these',
    open: (n: number) => `Try sample picture ${n}`,
    licence: 'Sample photos: CC0',
    file: (n: number) => `sample-${n}.jpg`,
  },
  load: {
    waiting: 'The networks load when you add a picture.',
    loading: (loaded: string, total: string) => `Loading the networks: ${loaded} of ${total}`,
    starting: 'Starting the networks',
    ready: (total: string) => `Networks ready, ${total}, kept for the next visit`,
    failed: 'The networks could not be loaded.',
    retry: 'Try again',
    progress: 'Download of the networks',
  },
  batch: {
    progress: 'Pictures done',
    line: (done: number, all: number) =>
      `${done.toLocaleString('en')} of ${all.toLocaleString('en')} pictures`,
    left: (time: string) => `about ${time} left`,
    failed: (n: number) => `${count(n, 'picture', 'pictures')} could not be read`,
    cancelled: (n: number) => `${count(n, 'picture', 'pictures')} not looked at`,
    cancel: 'Cancel',
    resume: 'Go on',
    retry: 'Try again',
    retryAll: 'Try the failed ones again',
    clear: 'Remove all',
    seconds: (n: number) => count(n, 'second', 'seconds'),
    minutes: (n: number) => count(n, 'minute', 'minutes'),
    finished: (pictures: number, people: number) =>
      `Done. ${count(pictures, 'picture', 'pictures')}, ${count(people, 'face', 'faces')}.`,
  },
  status: {
    waiting: 'Waiting',
    working: 'Looking for faces',
    done: 'Done',
    failed: 'Could not be read',
    cancelled: 'Not looked at',
  },
  summary: {
    heading: 'Summary',
    pictures: (n: number): string => (n === 1 ? 'picture' : 'pictures'),
    people: (n: number): string => (n === 1 ? 'face' : 'faces'),
    correct: 'correct',
    incorrect: 'incorrect',
    unmasked: 'no mask',
    uncertain: 'uncertain',
    small: 'too small',
    threshold: 'Count faces from',
    thresholdHint: 'How sure the detector must be that it sees a face. Recounts at once.',
  },
  gallery: {
    heading: 'Your pictures',
    more: (n: number) => `Show ${n.toLocaleString('en')} more`,
    faces: (n: number) => count(n, 'face', 'faces'),
    noFaces: 'no faces',
    remove: 'Remove this picture',
  },
  stage: {
    label: (name: string) => `Picture ${name} with the faces found`,
    help: 'Plus and minus zoom, arrow keys move, 0 shows all.',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    fit: 'Show all',
    previous: 'Previous picture',
    next: 'Next picture',
    working: 'Looking for faces…',
    noPreview: 'This browser cannot show the picture.',
  },
  faces: {
    heading: 'Faces',
    none: 'No faces found',
    noneHint: 'No face was sure enough. Move the slider down to see the doubtful ones.',
    face: (n: number) => `Face ${n}`,
    sure: (percent: string) => `${percent} sure`,
    score: (percent: string) => `face ${percent}`,
    crop: (n: number) => `Face ${n}, cut out`,
    probabilities: 'How likely each verdict is',
    uncertainHint: 'Too close to call, or the face is too small. Look for yourself.',
    list: 'Faces in this picture',
    dimensions: (w: number, h: number) => `${w} × ${h} pixels`,
    time: (ms: string) => `${ms} ms`,
  },
  save: {
    heading: 'Download',
    one: 'This picture',
    all: 'All pictures',
    png: 'Save PNG',
    jpeg: 'JPEG',
    gif: 'Save GIF',
    json: 'JSON',
    csv: 'CSV',
    zip: 'ZIP of all with boxes',
    copy: 'Copy picture',
    copied: 'Copied to the clipboard',
    copyFailed: 'The browser did not allow copying.',
    working: 'Preparing the file…',
    zipping: (done: number, all: number) =>
      `Packing ${done.toLocaleString('en')} of ${all.toLocaleString('en')}`,
    saved: (name: string) => `${name} is saved`,
    failed: (why: string) => `It did not work: ${why}`,
    options: 'Options',
    labels: 'Labels and percentages',
    landmarks: 'Points at eyes, nose and mouth',
    privacy: 'Faces',
    privacyNames: { none: 'As they are', blur: 'Blurred', pixelate: 'Pixelated' },
    stripped: 'Full resolution. Camera data such as place and time is left out.',
  },
  animation: {
    heading: 'Frames',
    frame: (n: number, all: number) => `Frame ${n} of ${all}`,
    progress: (done: number, all: number) => `Frame ${done} of ${all}`,
    play: 'Play',
    pause: 'Pause',
    slider: 'Frame',
    timeline: 'Verdicts over time',
    timelineText: (frames: number, correct: number, incorrect: number, unmasked: number) =>
      `${count(frames, 'frame', 'frames')}. Seen at most at once: ${correct} correct, ${incorrect} incorrect, ${unmasked} without a mask.`,
  },
  live: {
    heading: 'Live',
    lead: 'Your camera, judged as you watch. The film stays on this device.',
    start: 'Start the camera',
    film: 'Play a film file',
    stop: 'Stop',
    camera: 'Camera',
    mirror: 'Mirror the picture',
    starting: 'Starting the camera…',
    asking: 'Your browser asks whether the camera may be used.',
    running: 'Running',
    fps: 'frames a second',
    time: 'milliseconds a frame',
    counts: 'In the picture now',
    view: 'Camera picture with boxes and labels',
    idle: 'The picture appears here',
    privacy: 'Frames are judged one by one in memory and forgotten.',
    seen: (faces: number, correct: number, incorrect: number, unmasked: number) =>
      `${count(faces, 'face', 'faces')}: ${correct} correct, ${incorrect} incorrect, ${unmasked} without a mask`,
    error: {
      denied:
        'The camera was not allowed. Allow it in the address bar’s camera settings, then start again.',
      none: 'No camera was found. Connect one, or play a film file.',
      busy: 'The camera is in use by another program. Close it there, then start again.',
      insecure:
        'Browsers give the camera to secure pages only. Open this page over https or on localhost.',
      film: (name: string) => `${name} cannot be played by this browser. MP4 and WebM usually can.`,
      other: (why: string) => `The camera did not start: ${why}`,
      detector: (why: string) => `The detector stopped: ${why}`,
    },
  },
  compare: {
    heading: 'Compare',
    lead: 'The same picture through each detector and classifier at hand, one after the other on this machine.',
    choose: 'Choose a picture',
    run: 'Run again',
    detector: 'Detector',
    classifier: 'Classifier',
    faces: 'Faces',
    time: 'Time',
    median: 'median of 3 runs, without loading',
    detect: 'Find faces',
    classify: 'Judge masks',
    total: 'In all',
    verdicts: 'Verdicts',
    names: {
      'one-stage': 'One-stage',
      mtcnn: 'MTCNN',
      masklens: 'Masklens',
      cnn: 'CNN',
      baseline: 'Baseline',
      vgg19: 'VGG19',
    },
    notes: {
      'one-stage': 'our single network, made for masked faces',
      mtcnn: 'a cascade of three networks (2016)',
      masklens: 'three verdicts',
      cnn: 'mask or none',
      baseline: 'mask or none',
      vgg19: 'mask or none, large',
    },
    working: (name: string) => `Running ${name}…`,
    waiting: 'Waiting',
    failed: (why: string) => `Did not run: ${why}`,
    table: 'Results side by side',
    empty: 'Choose a picture or take a sample to see them side by side.',
    oneOnly: 'One detector is at hand in this build.',
  },
  check: {
    heading: 'Check it on your own pictures',
    lead: 'Drop pictures whose answer you know and see how often the verdict is right, measured here in your browser.',
    how: 'What to drop',
    folders:
      'A folder with one folder per class. Names such as correct, with_mask, incorrect, mask_weared_incorrect, without_mask or unmasked are understood.',
    coco: 'Pictures and one COCO file (.json) with boxes.',
    voc: 'Pictures and one Pascal VOC file (.xml) per picture.',
    choose: 'Choose a folder',
    files: 'Choose files',
    run: (n: number) => `Check ${count(n, 'picture', 'pictures')}`,
    found: (pictures: number, boxes: number, kind: string) =>
      boxes > 0
        ? `${kind}: ${count(pictures, 'picture', 'pictures')}, ${count(boxes, 'box', 'boxes')}`
        : `${kind}: ${count(pictures, 'picture', 'pictures')}`,
    kinds: { folders: 'Class folders', coco: 'COCO', voc: 'Pascal VOC' },
    nothing: 'No labels were found. Name the folders by class, or add a COCO or Pascal VOC file.',
    unknownClass: (names: string) => `These classes are not understood and left out: ${names}`,
    progress: 'Pictures checked',
    skipped: (n: number) =>
      `${count(n, 'picture', 'pictures')} could not be read and are left out.`,
    missed: (n: number) =>
      `${count(n, 'picture', 'pictures')} where no face was found, counted as wrong.`,
    accuracy: 'Accuracy',
    accuracyNote: (right: number, all: number) => `${right} of ${all} labelled faces`,
    boxesNote: 'A labelled face counts as found when a box overlaps it by half (IoU 0.5).',
    confusion: 'Confusion matrix',
    confusionNote: 'Rows: the truth. Columns: the verdict.',
    truth: 'Truth',
    verdict: 'Verdict',
    notFound: 'not found',
    perClass: 'By class',
    precision: 'Precision',
    recall: 'Recall',
    f1: 'F1',
    support: 'Faces',
    roc: 'ROC',
    rocNote: 'Each class against the rest',
    auc: 'AUC',
    falsePositive: 'false positive rate',
    truePositive: 'true positive rate',
    pr: 'Precision and recall of finding faces',
    ap: 'AP50',
    calibration: 'Calibration',
    calibrationNote:
      'How often it is right when it says it is this sure. On the diagonal is ideal.',
    ece: 'Expected calibration error',
    confidence: 'said',
    correctShare: 'was right',
    ideal: 'ideal',
    worst: 'Worst mistakes',
    worstNone: 'No mistakes.',
    worstItem: (truth: string, verdict: string, percent: string) =>
      `${truth}, judged ${verdict} at ${percent}`,
    saveJson: 'Save the report (JSON)',
    savePicture: 'Save as picture',
    another: 'Check other pictures',
  },
  model: {
    heading: 'Model card',
    lead: 'What the networks are, what they were measured at, and where they fail.',
    networks: 'Networks',
    network: 'Network',
    file: 'File',
    size: 'Size',
    source: 'Comes from',
    licence: 'Licence',
    data: 'Trained on',
    reports: 'Measured',
    noReports: 'This build holds no reports.',
    limits: 'What the verdict does not mean',
    limitList: [
      'It says how a mask looks to be worn, not whether anyone is healthy, safe or within a rule.',
      'Small, blurred, turned or half-hidden faces are often wrong. Those are marked uncertain; look for yourself.',
      'Scarves, hands, beards and transparent masks confuse it.',
      'It recognises no one: no names, no ages, no stored faces.',
      'Do not decide about people by it.',
    ],
    raw: 'Data (JSON)',
  },
  errors: {
    'bad-image': (name: string, format: string) =>
      `${name} is damaged or incomplete${inBrackets(format)}. Copy or download it again.`,
    'unsupported-format': (name: string, format: string) => {
      switch (format) {
        case '':
          return `${name} is not a picture of a known format. Choose a JPEG, PNG, GIF or BMP picture.`;
        case 'text':
        case 'PDF':
        case 'ZIP':
          return `${name} is ${format === 'text' ? 'plain text' : `a ${format} file`}, not a picture. Choose a JPEG, PNG, GIF or BMP picture.`;
        case 'HEIC':
          return `${name} is in HEIC format, which this browser cannot read. Save it as JPEG or PNG and add that; iPhones take JPEG when their camera’s format is “Most Compatible”.`;
        case 'JPEG':
        case 'PNG':
        case 'GIF':
        case 'BMP':
          return `${name} is a ${format} file of a rare kind that cannot be read here. Save it anew as an ordinary JPEG or PNG.`;
        default:
          return `${name} is in ${format} format, which this browser cannot read. Save it as JPEG or PNG and add that.`;
      }
    },
    'image-too-large': (name: string, format: string) =>
      `${name}${inBrackets(format)} is too large. The limit is 100 megapixels and 16,384 pixels a side. Make it smaller and add it again.`,
    'out-of-memory': (name: string, format: string) =>
      `${name}${inBrackets(format)} needs more memory than this browser gives. Close other tabs and try again.`,
    'asset-missing': () =>
      'A part of the program is missing on this server. Reload the page; if that does not help, tell whoever runs it.',
    'asset-not-wasm': () =>
      'The server sends a part of the program in a wrong form. Tell whoever runs it.',
    'model-mismatch': () =>
      'A network does not match this version of the program. Reload the page.',
    aborted: (name: string) => `${name} was cancelled. Try again when you like.`,
    closed: () => 'The detector is closed. Reload the page.',
    film: (name: string) => `${name} is a film. Play it on the Live page.`,
    empty: (name: string) => `${name} is empty, it has no bytes. Copy or download it again.`,
    other: (name: string, why: string) => (name ? `${name}: ${why}` : why),
    unreadable: (name: string) =>
      `${name} can no longer be read. Was it moved or deleted? Add it again.`,
  },
  trust: {
    label: 'What this page does',
    sent: 'sent',
    sentHint: 'Counted in the service worker and forbidden by the page’s security policy.',
    elsewhere: 'requests to anyone else',
    detector: 'Detector',
    simd: 'SIMD',
    threads: 'Threads',
    on: 'on',
    off: 'off',
    noIsolation: 'This page is not cross-origin isolated, so browsers allow one thread.',
    willIsolate: 'From the next visit on, threads are on.',
    offline: 'Offline',
    offlineReady: 'ready',
    offlinePending: 'getting ready',
    offlineNo: 'not available here',
    disclaimer:
      'The verdict is an estimate. It says nothing about health or safety, and it is no ground for decisions about people.',
    card: 'How well does it work?',
    update: 'A new version is here.',
    reload: 'Reload',
  },
};

export type Strings = typeof en;
