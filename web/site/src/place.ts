/** Styles set through the object model: a strict `style-src` forbids style attributes in markup, not this. */
import { noChange } from 'lit';
import { Directive, directive, type ElementPart, type PartInfo, PartType } from 'lit/directive.js';

type Styles = Record<string, string>;

class PlaceDirective extends Directive {
  private last: Styles = {};

  constructor(info: PartInfo) {
    super(info);
    if (info.type !== PartType.ELEMENT)
      throw new Error('place() belongs in an element, not in an attribute');
  }

  render(_styles: Styles): unknown {
    return noChange;
  }

  override update(part: ElementPart, [styles]: [Styles]): unknown {
    const { style } = part.element as HTMLElement;
    for (const name of Object.keys(this.last)) if (!(name in styles)) style.removeProperty(name);
    for (const [name, value] of Object.entries(styles)) {
      if (this.last[name] !== value) style.setProperty(name, value);
    }
    this.last = { ...styles };
    return noChange;
  }
}

/** `<div ${place({ left: '10%' })}>` */
export const place = directive(PlaceDirective);
