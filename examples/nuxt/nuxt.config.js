export default defineNuxtConfig({
  compatibilityDate: '2026-11-01',
  devtools: { enabled: false },
  telemetry: false,
  app: {
    head: { title: 'Masklens with Nuxt', link: [{ rel: 'icon', href: 'data:,' }] },
  },
});
