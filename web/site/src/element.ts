/** Base of the site's elements: Lit without a shadow root, so that one style sheet and one focus order serve the page. */
import { LitElement } from 'lit';
import { onLanguage } from './strings/index.ts';

export class SiteElement extends LitElement {
  private forget: (() => void)[] = [];

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.forget.push(onLanguage(() => this.requestUpdate()));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const off of this.forget) off();
    this.forget = [];
  }

  /** Renders again whenever `type` is heard at `target`, as long as the element is in the page. */
  protected follow(target: EventTarget, type: string, then?: (event: Event) => void): void {
    const listener = (event: Event) => {
      then?.(event);
      this.requestUpdate();
    };
    target.addEventListener(type, listener);
    this.forget.push(() => target.removeEventListener(type, listener));
  }
}
