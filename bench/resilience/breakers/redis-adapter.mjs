import { createServer } from 'node:net';
import { once } from 'node:events';
import { RedisAdapter } from '../../../libs/redis/dist/index.js';

export const label = 'RedisAdapter';

/** A port on which nobody listens. */
async function closedPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A whole `get` of an application: the check of the key and the prefix are part of it. */
export async function openCircuit() {
  const adapter = new RedisAdapter(`redis://127.0.0.1:${await closedPort()}`);
  await adapter.connect().catch(() => {});
  return { call: () => adapter.get('city:bern'), refusal: ({ code }) => code === 'CIRCUIT_OPEN' };
}
