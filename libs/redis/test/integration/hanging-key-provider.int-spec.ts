import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../support/hanging-keys.mjs', import.meta.url));
/** Nothing listens there. No command is sent, because the value is never encoded. */
const NO_SERVER = 'redis://127.0.0.1:1';

async function outputOf(...args: string[]): Promise<{ lines: string[]; code: number | null }> {
  let output = '';
  const child = execFile(process.execPath, [script, ...args], { timeout: 15_000 });
  child.stdout?.on('data', (chunk: string) => (output += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { lines: output.trim().split('\n'), code };
}

describe.concurrent('a process whose only work is a call with a hanging key provider', () => {
  const calls = ['set', 'setMany', 'hset'];
  const urls = [NO_SERVER, 'memory://', 'memory'];

  test.each(urls.flatMap((url) => calls.map((call) => [call, url] as const)))(
    'lives until %s rejects at its deadline, on %s',
    async (call, url) => {
      const lines = ['DEADLINE_EXCEEDED not-sent', 'in time'];
      expect(await outputOf(url, call, 'wait')).toEqual({ lines, code: 0 });
    },
  );

  test.each(urls)('lives until a call behind it on the same key settles, on %s', async (url) => {
    const { lines, code } = await outputOf(url, 'delete', 'wait');
    // The call before it rejects first, so this call may still be sent within its deadline.
    expect(lines).toEqual([expect.stringMatching(/^(resolved|[A-Z_]+ not-sent)$/), 'in time']);
    expect(code).toBe(0);
  });

  test.each(urls)('exits immediately after disconnect, which rejects the call, on %s', async (url) => {
    expect(await outputOf(url, 'set', 'disconnect')).toEqual({ lines: ['CLOSED not-sent', 'in time'], code: 0 });
  });
});
