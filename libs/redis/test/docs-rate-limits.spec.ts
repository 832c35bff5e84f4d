import { describe, expect, test } from 'vitest';
import { sectionOf } from './docs/markdown.js';
import { concurrencyPicture, countingPicture } from './docs/rate-limit-pictures.js';
import { read } from './docs/workspace.js';

/** The blocks of text under a heading of the guide. */
function picturesUnder(title: string): string[] {
  const section = sectionOf(read('docs/guides/limiting-requests.md'), title) ?? '';
  return [...section.matchAll(/^```text\n(.*?)\n```$/gms)].map(([, picture]) => picture as string);
}

describe('the pictures of the rate limit guide', () => {
  test('are those that the algorithms produce', () => {
    expect(picturesUnder('Which algorithm')).toEqual([countingPicture(), concurrencyPicture()]);
  });

  test.each([
    ['fixed-window', 12],
    ['sliding-window', 6],
    ['gcra', 12],
    ['gcra, burst: 1', 7],
  ])('show that %s admits at most its guarantee of %i in ten seconds', (label, guarantee) => {
    const lines = countingPicture().split('\n');
    const row = lines.findIndex((line) => line.startsWith(`${label} `));
    const maximum = Number(/at most (\d+) in any 10 s/.exec(lines[row + 1] ?? '')?.[1]);
    expect(maximum).toBeGreaterThan(0);
    expect(maximum).toBeLessThanOrEqual(guarantee);
  });
});
