import { createViteServer } from 'vitest/node';

/** A module of TypeScript with all that it imports, loaded as the tests load it, in this very process. */
export async function importTypescript(path) {
  const server = await createViteServer({
    configFile: false,
    appType: 'custom',
    logLevel: 'error',
    server: { middlewareMode: true, watch: null, ws: false },
  });
  try {
    return await server.ssrLoadModule(path);
  } finally {
    await server.close();
  }
}
