import { Redis } from 'ioredis';

export const label = 'ioredis, lock and message';

const LOCK_MS = 5000;

/**
 * The least that a shared load can do: a lock, SET and PUBLISH by its holder, and a GET by each caller that the message
 * wakes. No lease is renewed and nothing is fenced, so it shows what the machine and the server take.
 */
export async function open({ redis: { host, port }, prefix, load }) {
  const commands = new Redis({ host, port });
  const messages = new Redis({ host, port });
  const channel = `${prefix}-stored`;
  const waiting = new Map();
  messages.on('message', (_channel, key) => {
    for (const wake of waiting.get(key) ?? []) wake();
    waiting.delete(key);
  });
  await messages.subscribe(channel);
  const loads = new Map();
  const untilStored = (key) => new Promise((resolve) => waiting.set(key, [...(waiting.get(key) ?? []), resolve]));

  async function loadOnce(key) {
    if ((await commands.set(`${key}:lock`, '1', 'PX', LOCK_MS, 'NX')) === null) return false;
    const text = JSON.stringify(await load(key));
    await commands.multi().set(key, text).publish(channel, key).exec();
    return true;
  }

  return {
    async read(key) {
      const stored = await commands.get(key);
      if (stored !== null) return JSON.parse(stored);
      const message = untilStored(key);
      if (!loads.has(key)) loads.set(key, loadOnce(key));
      // The message may have been sent before this caller waited for it.
      if (!(await loads.get(key)) && (await commands.get(key)) === null) await message;
      return JSON.parse(await commands.get(key));
    },
  };
}
