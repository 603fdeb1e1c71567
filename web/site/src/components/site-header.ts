/** Name, pages, language and colours. */
import { html, nothing } from 'lit';
import { SiteElement } from '../element.ts';
import { icons } from '../icons.ts';
import {
  LANGUAGES,
  type Language,
  language,
  onLanguage,
  remember,
  remembered,
  speak,
  t,
} from '../strings/index.ts';

const PAGES = {
  pictures: './',
  live: './live.html',
  compare: './compare.html',
  check: './check.html',
  model: './model.html',
} as const;
type Page = keyof typeof PAGES;

const THEMES = ['auto', 'light', 'dark'] as const;
const THEME_KEY = 'masklens-theme';

class SiteHeader extends SiteElement {
  static override properties = { page: {} };
  declare page: Page;

  override connectedCallback(): void {
    super.connectedCallback();
    const name = () => {
      document.title = t().title[this.page];
      document.querySelector('meta[name=description]')?.setAttribute('content', t().description);
    };
    name();
    onLanguage(name);
  }

  private setTheme(theme: string): void {
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    remember(THEME_KEY, theme);
  }

  override render() {
    const { nav } = t();
    const theme = remembered(THEME_KEY) ?? 'auto';
    return html`
      <a class="skip" href="#content">${nav.skip}</a>
      <header class="site-header">
        <a class="wordmark" href="./" aria-label=${nav.home}>${icons.logo}<span>Masklens</span></a>
        <nav aria-label=${nav.label}>
          ${(Object.keys(PAGES) as Page[]).map(
            (page) =>
              html`<a href=${PAGES[page]} aria-current=${page === this.page ? 'page' : nothing}
                >${nav[page]}</a
              >`,
          )}
        </nav>
        <div class="preferences">
          <select
            name="language"
            aria-label=${nav.language}
            @change=${(event: Event) => void speak((event.target as HTMLSelectElement).value as Language).catch(() => this.requestUpdate())}
          >
            ${(Object.keys(LANGUAGES) as Language[]).map(
              (code) =>
                html`<option value=${code} lang=${code} ?selected=${code === language()}>
                  ${LANGUAGES[code]}
                </option>`,
            )}
          </select>
          <select
            name="theme"
            aria-label=${nav.theme}
            @change=${(event: Event) => this.setTheme((event.target as HTMLSelectElement).value)}
          >
            ${THEMES.map(
              (name) =>
                html`<option value=${name} ?selected=${name === theme}>${nav.themes[name]}</option>`,
            )}
          </select>
        </div>
      </header>
    `;
  }
}

customElements.define('site-header', SiteHeader);
