// A Nest application on Fastify with a trivial handler: with a guard, or without one as the baseline.
import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../harness/served-process.mjs';
import { storedKeys } from './stored-keys.mjs';

const COUNTS_WITHIN_MS = 5000;
let answered = 0;
let mark;

/** Applies decorators as functions, because this is not TypeScript. */
function controllerOf({ Controller, Get }) {
  class ItemsController {
    read() {
      answered++;
      return { ok: true };
    }
  }
  const read = Object.getOwnPropertyDescriptor(ItemsController.prototype, 'read');
  Get(':id')(ItemsController.prototype, 'read', read);
  Controller()(ItemsController);
  return ItemsController;
}

async function start({ nest, imports, providers }) {
  class AppModule {}
  nest.Module({ imports, providers, controllers: [controllerOf(nest)] })(AppModule);
  const application = await nest.NestFactory.create(AppModule, new nest.FastifyAdapter(), { logger: ['error'] });
  await application.listen(0, '127.0.0.1');
  return application.getHttpServer().address().port;
}

async function headersOf(port) {
  const [response] = await once(get({ host: '127.0.0.1', port, path: '/check', agent: false }), 'response');
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`);
  return response.headers;
}

/** Checks that the guard writes headers and counts in Redis: otherwise it would do different work. */
async function check(port, target, header) {
  const before = await storedKeys(target);
  const endMs = performance.now() + COUNTS_WITHIN_MS;
  do {
    const headers = await headersOf(port);
    if (!Object.keys(headers).some((name) => name.startsWith(header))) throw new Error(`no header ${header}`);
    if ((await storedKeys(target)) > before) return;
    await sleep(10);
  } while (performance.now() < endMs);
  throw new Error('nothing was counted in Redis');
}

serve({
  async open({ name = 'no-guard', redis, database, policies }) {
    const guard = await import(`./guards/${name}.mjs`);
    const target = { ...redis, database };
    const port = await start(await guard.open(target, policies));
    if (guard.header !== undefined) await check(port, target, guard.header);
    return port;
  },
  begin() {
    mark = { answered, cpu: process.cpuUsage() };
  },
  end() {
    const used = process.cpuUsage(mark.cpu);
    return { cpu: (used.user + used.system) / (answered - mark.answered) };
  },
});
