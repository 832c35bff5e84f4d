/** The entries of the package, which are the files `libs/redis/src/<entry>.ts`. */
export const ENTRIES = [
  'index',
  'core',
  'keyv',
  'opentelemetry',
  'prometheus',
  'schedule',
  'terminus',
  'testing',
  'testing-nest',
  'throttler',
];

/** The programs of the package, which are the files `libs/redis/src/<program>.ts`. They are ES modules. */
export const PROGRAMS = ['cli'];

/** The name of an entry in `exports`: `.` for `index`, and `./testing/nest` for `testing-nest`. */
export function subpathOf(entry) {
  return entry === 'index' ? '.' : `./${entry.replace('-', '/')}`;
}
