// Runs on the built package. Ends a connection, or fails to start, and prints how long the process lives after that:
// node ending-process.mjs <scenario> [<url>]
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisAdapter } from 'nestjs-redis-infra/core';
import { FaultProxy } from 'nestjs-redis-infra/testing';

const [scenario, url] = process.argv.slice(2);
const never = () => new Promise(() => {});

/** A server that accepts connections and never answers. */
async function silentPort() {
  const server = createServer((socket) => socket.on('error', () => {}).unref());
  server.listen(0, '127.0.0.1').unref();
  await new Promise((resolve) => server.once('listening', resolve));
  return server.address().port;
}

const ports = await Promise.all([silentPort(), silentPort(), silentPort()]);
const silent = ports.map((port) => `127.0.0.1:${port}`);
const CLOSED = '127.0.0.1:1';

const CONNECTIONS = {
  'password hangs': { host: '127.0.0.1', port: 1, password: never },
  'password of a cluster hangs': { nodes: silent, password: never },
  'password behind Sentinels hangs': { sentinels: silent, sentinelName: 'main', password: never },
  'server is silent': { host: '127.0.0.1', port: ports[0] },
  'server is silent over TLS': { host: '127.0.0.1', port: ports[0], tls: true },
  'nodes are silent': { nodes: silent },
  'Sentinels are silent': { sentinels: silent, sentinelName: 'main' },
  'Sentinels are silent over TLS': { sentinels: silent, sentinelName: 'main', tls: true },
  'nothing listens': { host: '127.0.0.1', port: 1 },
  'no node listens': { nodes: [CLOSED] },
  'no Sentinel listens': { sentinels: [CLOSED], sentinelName: 'main' },
};

/** On a busy machine the set-up of a scenario must not exceed a deadline. */
const LONG_DEADLINE = { resilience: { deadline: '10s' } };

/** Subscribes to the changes of a namespace, on a connection of its own. */
function subscribe(adapter) {
  const ignore = () => {};
  return adapter.can.feed.subscribe('cache:', {
    onInvalidate: ignore,
    onVersions: ignore,
    onConfirmed: ignore,
    onRefused: ignore,
  });
}

async function confirmed(subscription) {
  while (subscription.confirmedMs === -Infinity) await sleep(5);
}

/** Disconnects after the network went silent, with an exclusive connection and calls in flight. */
async function endAfterSilence() {
  const proxy = await FaultProxy.start(Number(new URL(url).port));
  const adapter = new RedisAdapter(proxy.url, LONG_DEADLINE);
  const feed = subscribe(adapter);
  await adapter.set('k', 'v');
  await confirmed(feed);
  const { client } = await adapter.acquire();
  proxy.blackHole();
  void client.blpop('list', 0).catch(() => {});
  void adapter.get('k').catch(() => {});
  await sleep(50);
  begunMs = performance.now();
  await adapter.disconnect();
}

/** Disconnects from servers that the parent process froze after `ready`. */
async function endFrozen() {
  const adapter = new RedisAdapter(url, LONG_DEADLINE);
  const feed = subscribe(adapter);
  await adapter.set('k', 'v');
  await confirmed(feed);
  console.log('ready');
  await once(process.stdin, 'data');
  process.stdin.destroy();
  void adapter.get('k').catch(() => {});
  begunMs = performance.now();
  await adapter.disconnect();
}

async function end() {
  const [how, start] = scenario.split(': ');
  if (how === 'failFast') {
    // The other scenarios need no Nest, which takes half a second to load.
    const { startApplication } = await import('./failing-application.mjs');
    const connections = [...(url === undefined ? [] : [url]), CONNECTIONS['nothing listens']];
    return startApplication(start, connections).catch((error) => console.log(error.code));
  }
  if (scenario === 'server goes silent') return endAfterSilence();
  if (scenario === 'servers are frozen') return endFrozen();
  const adapter = new RedisAdapter(CONNECTIONS[scenario]);
  subscribe(adapter);
  adapter.connect().catch(() => {});
  void adapter.acquire().catch(() => {});
  void adapter.get('k').catch(() => {});
  await sleep(150);
  begunMs = performance.now();
  await adapter.disconnect();
}

let begunMs = 0;
process.on('exit', () => console.log(Math.round(performance.now() - begunMs)));
await end();
if (scenario.startsWith('failFast')) begunMs = performance.now();
