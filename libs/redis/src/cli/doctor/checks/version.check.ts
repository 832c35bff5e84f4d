import type { ServerInfo } from '../../connection/server-info.js';
import type { Examination } from '../examination.js';
import { unchecked, type Finding } from '../finding.js';

/** The oldest versions that the package supports, as in the README. */
const OLDEST = { Redis: [6, 2], Valkey: [7, 2] } as const;

/** Compares the version of the server with the oldest that is supported. */
export function checkVersion({ info }: Examination): Finding[] {
  if (info === undefined) return [unchecked('version', 'INFO')];
  const { product, version } = productOf(info);
  if (version === undefined)
    return [{ check: 'version', severity: 'note', message: `The server reports no version of ${product}.` }];
  const oldest = OLDEST[product];
  if (isAtLeast(version, oldest)) return [{ check: 'version', severity: 'ok', message: `${product} ${version}` }];
  return [
    {
      check: 'version',
      severity: 'error',
      message: `${product} ${version} is older than ${oldest.join('.')}.`,
      remedy: `Update the server to ${product} ${oldest.join('.')} or newer.`,
    },
  ];
}

function productOf(info: ServerInfo): { readonly product: keyof typeof OLDEST; readonly version: string | undefined } {
  const valkey = info.text('valkey_version');
  return valkey === undefined
    ? { product: 'Redis', version: info.text('redis_version') }
    : { product: 'Valkey', version: valkey };
}

/** Whether a version such as `7.0.15` is not older than a major and minor number. */
export function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
