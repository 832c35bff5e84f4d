import postcssRtl from 'postcss-rtlcss';
import { defineConfig } from 'vitepress';
import { githubAnchor } from './github-anchor.mjs';
import { persianLocale, persianSearch } from './persian.mjs';
import { repositoryLinks } from './repository-links.mjs';
import { englishSidebar } from './sidebar.mjs';

export default defineConfig({
  title: 'nestjs-redis-infra',
  description: 'Redis for NestJS: cache, store and rate limiter that keep working while Redis is unavailable.',
  cleanUrls: true,
  lastUpdated: false,
  // Nothing is loaded from another host, and a link that leads nowhere fails the build.
  ignoreDeadLinks: false,
  markdown: {
    anchor: { slugify: githubAnchor },
    config: (md) => md.use(repositoryLinks),
  },
  // The theme is written from left to right: its rules are mirrored for the Persian pages.
  vite: {
    css: {
      postcss: { plugins: [postcssRtl({ ltrPrefix: ':where([dir="ltr"])', rtlPrefix: ':where([dir="rtl"])' })] },
    },
  },
  locales: {
    root: { label: 'English', lang: 'en' },
    fa: persianLocale,
  },
  themeConfig: {
    // A page has no translation as a rule: the menu leads to the other language's first page.
    i18nRouting: false,
    search: { provider: 'local', options: { locales: { fa: persianSearch } } },
    outline: [2, 3],
    nav: [
      { text: 'Getting started', link: '/getting-started' },
      { text: 'Concepts', link: '/concepts/stores-and-caches' },
      { text: 'Guides', link: '/guides/connecting' },
      { text: 'Reference', link: '/reference/module' },
    ],
    sidebar: englishSidebar(),
  },
});
