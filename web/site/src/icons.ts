/** The few line drawings of the site; decoration only, every one stands beside words or a label. */
import type { Label } from '@masklens';
import { html, type SVGTemplateResult, svg, type TemplateResult } from 'lit';

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
  copy: icon(
    svg`<rect x="8" y="8" width="12" height="12" rx="2"/><path d="M16 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h2"/>`,
  ),
};

const MARKS: Record<Label, SVGTemplateResult> = {
  correct: svg`<path d="M3 8.5l3.2 3.2L13 4.8"/>`,
  incorrect: svg`<path d="M8 2.8v6.4M8 12.4v.6"/>`,
  unmasked: svg`<path d="M4 4l8 8M12 4l-8 8"/>`,
};

/** The sign of a label in its colour: tick, exclamation mark, cross. */
export const mark = (label: Label): TemplateResult =>
  html`<svg class="mark ${label}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">${MARKS[label]}</svg>`;
