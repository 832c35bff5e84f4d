import { createClient } from 'redis';

export const label = 'node-redis';

/**
 * One client as in its basic example: it pipelines the commands of one tick by itself, and has a command timeout (5 s)
 * like ours.
 */
export async function open({ host, port }) {
  const client = createClient({ url: `redis://${host}:${port}` }).on('error', () => {});
  await client.connect();
  return {
    get: (key) => client.get(key),
    decode: (text) => (text === null ? undefined : JSON.parse(text)),
    set: (key, value) => client.set(key, JSON.stringify(value)),
  };
}
