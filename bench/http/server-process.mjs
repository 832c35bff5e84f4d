// A node:http server with one read per request: through a contestant, or from its own memory as the baseline.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { dataSet } from '../harness/data-set.mjs';
import { serve } from '../harness/served-process.mjs';

let data;
let client;
let answered = 0;
let mark;

function inMemory({ keys, values }) {
  const stored = new Map(keys.map((key, index) => [key, values[index]]));
  return { get: (key) => stored.get(key), decode: (value) => value, set: () => {} };
}

async function openClient(name, redis) {
  if (name === undefined) return inMemory(data);
  const contestant = await import(`../contestants/${name}.mjs`);
  return contestant.open(redis);
}

async function answer(request, response) {
  try {
    const value = client.decode(await client.get(data.keys[Number(request.url.slice(1))]));
    const body = JSON.stringify(value);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
    answered++;
  } catch (error) {
    response.writeHead(500).end(error.message);
  }
}

serve({
  async open({ name, redis, prefix, bytes }) {
    data = dataSet({ prefix, bytes });
    client = await openClient(name, redis);
    await Promise.all(data.keys.map((key, index) => client.set(key, data.values[index])));
    // Connections stay open while the other servers are measured.
    const server = createServer({ keepAliveTimeout: 0 }, answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server.address().port;
  },
  begin() {
    mark = { answered, cpu: process.cpuUsage() };
  },
  end() {
    const used = process.cpuUsage(mark.cpu);
    return { cpu: (used.user + used.system) / (answered - mark.answered) };
  },
});
