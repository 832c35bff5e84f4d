const DIRECTIVE = /(?:^|,)\s*([\w-]+)/g;

/** The names of the directives of a Cache-Control header, in lower case. */
export function cacheDirectives(header: string | undefined): ReadonlySet<string> {
  const names = [...(header ?? '').matchAll(DIRECTIVE)].map(([, name = '']) => name.toLowerCase());
  return new Set(names);
}
