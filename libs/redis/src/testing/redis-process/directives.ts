/** One line of a `redis.conf`: a name and its arguments. */
export type Directive = readonly string[];

/** Settings by name, as in a `redis.conf`; an array is several arguments: `{ databases: '4', save: ['60', '1'] }`. */
export type RedisSettings = Readonly<Record<string, string | readonly string[]>>;

export function directivesOf(settings: RedisSettings): readonly Directive[] {
  return Object.entries(settings).map(([name, value]) => [name, ...(typeof value === 'string' ? [value] : value)]);
}

/** The text of a `redis.conf`. Each argument is quoted, so it can hold any printable character. */
export function configurationText(directives: readonly Directive[]): string {
  const lines = directives.map(([name, ...words]) => [name, ...words.map((word) => JSON.stringify(word))].join(' '));
  return `${lines.join('\n')}\n`;
}
