/** Base of the site's elements: Lit without a shadow root, so that one style sheet and one focus order serve the page. */
import { LitElement } from 'lit';
import { onLanguage } from './strings/index.ts';

let turns: Promise<void> = Promise.resolve();
/** Resolves in a task of the caller's own, after those that asked before. */
const turn = (): Promise<void> => {
  turns = turns.then(() => new Promise((resolve) => setTimeout(resolve)));
  return turns;
};

export class SiteElement extends LitElement {
  /**
   * Whether elements of the class are rendered for the first time in a task of their own: several
   * that come together would hold up the page on slow machines.
   */
  protected static readonly inTurn: boolean = false;
  private forget: (() => void)[] = [];

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override async scheduleUpdate(): Promise<void> {
    if (!this.hasUpdated && (this.constructor as typeof SiteElement).inTurn) await turn();
    super.scheduleUpdate();
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
