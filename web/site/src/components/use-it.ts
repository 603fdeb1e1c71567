/** The tag, the npm lines and the command line, to be copied; fetched when somebody opens it. */
import { html, nothing } from 'lit';
import { SiteElement } from '../element.ts';
import { icons } from '../icons.ts';
import { t } from '../strings/index.ts';

/** Where the source lies: a setting of the build, since every copy of the site may have its own. */
const SOURCE: string = import.meta.env.VITE_SOURCE ?? '';

/** Told, not imported. */
const PACKAGE = 'masklens';

const SNIPPETS = {
  element: `<script type="module">import '${PACKAGE}/element';</script>
<mask-lens src="photo.jpg" alt="The waiting room" assets="/masklens/"></mask-lens>`,
  npm: `npm install masklens
npx masklens copy-assets public/masklens`,
  code: `import { createDetector } from '${PACKAGE}';

const detector = await createDetector({ assets: '/masklens/' });
const { faces } = await detector.detect(file);`,
  cli: 'npx masklens detect --csv faces.csv --annotate out photos/',
} as const;
type Snippet = keyof typeof SNIPPETS;

class UseIt extends SiteElement {
  static override properties = { copied: { state: true } };
  declare private copied: Snippet | null;

  constructor() {
    super();
    this.copied = null;
  }

  private async copy(name: Snippet): Promise<void> {
    try {
      await navigator.clipboard.writeText(SNIPPETS[name]);
      this.copied = name;
    } catch {
      // Not allowed: the text is there to be marked.
      this.copied = null;
    }
  }

  private snippet(name: Snippet) {
    const { use } = t();
    return html`<div class="snippet">
      <h3>${use.ways[name]}</h3>
      <button
        class="button small"
        data-copy=${name}
        aria-label=${`${use.copy}: ${use.ways[name]}`}
        @click=${() => void this.copy(name)}
      >
        ${icons.copy}<span role="status">${this.copied === name ? use.copied : use.copy}</span>
      </button>
      <pre dir="ltr" lang="en" tabindex="0"><code>${SNIPPETS[name]}</code></pre>
    </div>`;
  }

  override render() {
    const { use } = t();
    return html`<div class="snippets">
        ${(Object.keys(SNIPPETS) as Snippet[]).map((name) => this.snippet(name))}
      </div>
      <p><a href="./api/">API</a></p>
      ${SOURCE ? html`<p><a href=${SOURCE} rel="noreferrer">${use.source}</a></p>` : nothing}`;
  }
}

customElements.define('use-it', UseIt);
