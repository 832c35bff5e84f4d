import { createServer } from 'node:net';
import { once } from 'node:events';
import { RedisAdapter } from '../../../libs/redis/dist/esm/index.js';

export const label = 'RedisAdapter';

/** A port without a listener. */
async function closedPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A complete `get` of an application, including the check of the key and the prefix. */
export async function openCircuit() {
  const adapter = new RedisAdapter(`redis://127.0.0.1:${await closedPort()}`);
  await adapter.connect().catch(() => {});
  return { call: () => adapter.get('city:bern'), refusal: ({ code }) => code === 'CIRCUIT_OPEN' };
}
