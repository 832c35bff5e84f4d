import { persianSidebar } from './sidebar.mjs';

/** The Persian part of the site, written from right to left. */
export const persianLocale = {
  label: 'فارسی',
  lang: 'fa',
  dir: 'rtl',
  link: '/fa/getting-started',
  description: 'ردیس برای NestJS: کش، انبار داده و محدودکنندهٔ درخواست که با قطع شدن ردیس هم کار می‌کنند.',
  themeConfig: {
    nav: [{ text: 'شروع سریع', link: '/fa/getting-started' }],
    sidebar: persianSidebar(),
    outline: { level: [2, 3], label: 'در این صفحه' },
    docFooter: { prev: 'صفحهٔ قبل', next: 'صفحهٔ بعد' },
    darkModeSwitchLabel: 'حالت تاریک',
    lightModeSwitchTitle: 'حالت روشن',
    darkModeSwitchTitle: 'حالت تاریک',
    sidebarMenuLabel: 'فهرست',
    returnToTopLabel: 'بازگشت به بالا',
    langMenuLabel: 'زبان',
    skipToContentLabel: 'رفتن به متن',
  },
};

/** The words of the search box. */
export const persianSearch = {
  translations: {
    button: { buttonText: 'جست‌وجو', buttonAriaLabel: 'جست‌وجو' },
    modal: {
      noResultsText: 'چیزی پیدا نشد برای',
      resetButtonTitle: 'پاک کردن',
      backButtonTitle: 'بستن',
      displayDetails: 'نمایش جزئیات',
      footer: { selectText: 'انتخاب', navigateText: 'جابه‌جایی', closeText: 'بستن' },
    },
  },
};
