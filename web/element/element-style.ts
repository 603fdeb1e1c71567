/**
 * The element's styles, as a sheet made by script: a strict `style-src` forbids styles in markup,
 * not these. Colours and fonts are the page's own; only label colours are brought along.
 */
import { DOUBT_COLOUR, LABEL_COLOURS, LABEL_INK } from 'masklens';

const CSS = `
:host {
  display: block;
}
:host([hidden]), [hidden] {
  display: none !important;
}
.frame {
  display: grid;
  gap: 8px;
  justify-items: start;
}
.frame.over {
  outline: 3px dashed currentColor;
  outline-offset: 4px;
}
.stage {
  position: relative;
  display: grid;
  width: var(--mask-lens-width, fit-content);
  max-width: 100%;
}
canvas {
  display: block;
  width: 100%;
  height: auto;
  border-radius: 6px;
}
.box {
  --colour: ${LABEL_COLOURS.unmasked};
  position: absolute;
  box-sizing: border-box;
  border: 2px solid var(--colour);
  border-radius: 3px;
  box-shadow: 0 0 0 1px #00000073, inset 0 0 0 1px #00000073;
  pointer-events: none;
}
.box.correct {
  --colour: ${LABEL_COLOURS.correct};
}
.box.incorrect {
  --colour: ${LABEL_COLOURS.incorrect};
}
.box.uncertain {
  --colour: ${DOUBT_COLOUR};
  border-style: dashed;
}
.pointing .box:not(.active) {
  opacity: 0.4;
}
.box.active {
  z-index: 1;
  border-width: 3px;
}
.plate {
  position: absolute;
  left: -2px;
  bottom: calc(100% + 2px);
  display: flex;
  gap: 4px;
  padding: 1px 5px;
  border-radius: 4px;
  background: var(--colour);
  color: ${LABEL_INK};
  font-size: 13px;
  line-height: 16px;
  font-weight: 600;
  white-space: nowrap;
}
.plate.placed {
  bottom: auto;
}
.box:not(.active) .plate.nowhere,
.box:not(.active) .plate:not([data-form="0"]) .percent,
.box:not(.active) .plate[data-form="2"] .words,
.box:not(.active):not(.uncertain) .plate:not([data-form="2"]) .sign,
.box:not(.active) .plate:not([data-form="2"]) .number,
.number:empty {
  display: none;
}
p {
  margin: 0;
}
progress {
  width: 200px;
  max-width: 100%;
  accent-color: auto;
}
button {
  font: inherit;
  min-height: 40px;
  padding: 6px 14px;
  color: inherit;
  background: none;
  border: 1px solid color-mix(in srgb, currentColor 45%, transparent);
  border-radius: 8px;
  cursor: pointer;
}
button:hover, .faces button[aria-pressed="true"] {
  background: color-mix(in srgb, currentColor 10%, transparent);
}
button:focus-visible {
  outline: 2px solid currentColor;
  outline-offset: 2px;
}
.empty {
  display: grid;
  gap: 8px;
  justify-items: center;
  box-sizing: border-box;
  width: 100%;
  padding: 24px 16px;
  text-align: center;
  border: 2px dashed color-mix(in srgb, currentColor 45%, transparent);
  border-radius: 12px;
}
.faces {
  box-sizing: border-box;
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 20em), 1fr));
  gap: 2px 8px;
  width: 100%;
  max-height: 18em;
  overflow: auto;
  margin: 0;
  padding: 2px;
  list-style: none;
}
.faces button {
  display: flex;
  align-items: center;
  gap: 8px;
  width: 100%;
  padding: 6px 10px;
  border-color: transparent;
  text-align: left;
}
.dot {
  flex: none;
  width: 12px;
  height: 12px;
  border: 1px solid currentColor;
  border-radius: 50%;
  background: ${LABEL_COLOURS.unmasked};
}
.dot.correct {
  background: ${LABEL_COLOURS.correct};
}
.dot.incorrect {
  background: ${LABEL_COLOURS.incorrect};
}
@media (forced-colors: active) {
  .box, .plate, .dot {
    forced-color-adjust: none;
  }
}
`;

let sheet: CSSStyleSheet | null = null;

/** One sheet for all elements of a page. */
export function elementSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
