// Runs on the built package. Makes one call with a key provider that never resolves: node hanging-keys.mjs <url> <call> wait|disconnect
import { MemoryAdapter, RedisAdapter } from 'nestjs-redis-infra/core';

const [url, call, how] = process.argv.slice(2);
const codec = { encryption: { provider: { keys: () => new Promise(() => {}), primary: async () => 'k1' } } };
const adapter = url === 'memory' ? new MemoryAdapter({ store: 'encoded', codec }) : new RedisAdapter(url, { codec });
const calls = {
  set: () => adapter.set('k', 'value'),
  setMany: () => adapter.setMany([{ key: 'k', value: 'value' }]),
  hset: () => adapter.hset('k', 'f', 'value'),
  // Queued behind the value that cannot be sealed.
  delete: () => (adapter.set('k', 'value').catch(() => {}), adapter.delete('k')),
};
const startedMs = performance.now();
const answered = calls[call]().then(
  () => console.log('resolved'),
  (error) => console.log(`${error.code} ${error.outcome}`),
);
// What is sent last may open a connection, which keeps the process alive until it is closed.
if (how === 'wait') await answered;
await adapter.disconnect();
process.on('exit', () => console.log(performance.now() - startedMs < 5000 ? 'in time' : 'late'));
