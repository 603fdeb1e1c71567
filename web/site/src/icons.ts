/** The few line drawings of the site; decoration only, every one stands beside words or a label. */
import { html, type SVGTemplateResult, svg, type TemplateResult } from 'lit';
import type { Group } from './verdict.ts';

const icon = (paths: SVGTemplateResult): TemplateResult =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${paths}</svg>`;

export const icons = {
  logo: icon(
    svg`<path d="M4 9V7a3 3 0 0 1 3-3h2M15 4h2a3 3 0 0 1 3 3v2M20 15v2a3 3 0 0 1-3 3h-2M9 20H7a3 3 0 0 1-3-3v-2"/><path class="fill" d="M7 11q5-3 10 0v3q0 3-5 3t-5-3z"/>`,
  ),
  plus: icon(svg`<path d="M12 5v14M5 12h14"/>`),
  minus: icon(svg`<path d="M5 12h14"/>`),
  fit: icon(svg`<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/>`),
  left: icon(svg`<path d="M15 5l-7 7 7 7"/>`),
  right: icon(svg`<path d="M9 5l7 7-7 7"/>`),
  close: icon(svg`<path d="M6 6l12 12M18 6L6 18"/>`),
  download: icon(svg`<path d="M12 4v11M7 11l5 5 5-5M5 20h14"/>`),
  pictures: icon(
    svg`<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M4 17l5-5 4 4 3-3 4 4"/><circle class="fill" cx="15.5" cy="9.5" r="1.2"/>`,
  ),
  folder: icon(
    svg`<path d="M3 7a2 2 0 0 1 2-2h4l2 2h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z"/>`,
  ),
  camera: icon(
    svg`<path d="M4 8h3l2-3h6l2 3h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1z"/><circle cx="12" cy="13" r="3.5"/>`,
  ),
  film: icon(svg`<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M10 9l5 3-5 3z"/>`),
  stop: icon(svg`<rect class="fill" x="6" y="6" width="12" height="12" rx="2"/>`),
  play: icon(svg`<path class="fill" d="M8 5l11 7-11 7z"/>`),
  pause: icon(svg`<path d="M8 5v14M16 5v14"/>`),
  retry: icon(svg`<path d="M20 11a8 8 0 1 0-2.3 6.3M20 5v6h-6"/>`),
  warning: icon(svg`<path d="M12 4l9 16H3zM12 10v4M12 17v.5"/>`),
  eye: icon(
    svg`<path d="M2 12q10-13 20 0-10 13-20 0z"/><circle class="fill" cx="12" cy="12" r="2.5"/>`,
  ),
  hide: icon(svg`<path d="M2 12q10-13 20 0-10 13-20 0zM4 20L20 4"/>`),
  boxes: icon(svg`<path d="M4 4h10v10H4zM10 18h10V8"/>`),
  undo: icon(svg`<path d="M5 9h9a5 5 0 0 1 0 10H9M5 9l4-4M5 9l4 4"/>`),
  share: icon(svg`<path d="M12 15V3M8 7l4-4 4 4M5 12v8h14v-8"/>`),
  copy: icon(
    svg`<rect x="8" y="8" width="12" height="12" rx="2"/><path d="M16 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h2"/>`,
  ),
};

/** Each with a ground of its own shape: colours alone are not told apart by everybody. */
const MARKS: Record<Group, SVGTemplateResult> = {
  correct: svg`<circle class="ground" cx="8" cy="8" r="8"/><path d="M4 8.4l2.8 2.8L12 5.2"/>`,
  incorrect: svg`<path class="ground" d="M8 .4L16 15H0z"/><path d="M8 5.6v4.2M8 12.4v.3"/>`,
  unmasked: svg`<rect class="ground" width="16" height="16" rx="2"/><path d="M4.6 4.6l6.8 6.8M11.4 4.6l-6.8 6.8"/>`,
  look: svg`<path class="ground" d="M8 0l8 8-8 8-8-8z"/><path d="M6 6.4a2 2 0 1 1 3 1.7q-1 .6-1 1.3M8 11.7v.2"/>`,
};

/** The sign of a group in its colour and shape: tick, exclamation mark, cross, question mark. */
export const mark = (group: Group): TemplateResult =>
  html`<svg class="mark ${group}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">${MARKS[group]}</svg>`;
