/** The child side of calls over IPC: answers each request with the result of its handler, and ends with its parent. */
export function serve(handlers) {
  process.on('message', async ({ id, method, argument }) => {
    try {
      process.send({ id, result: await handlers[method](argument) });
    } catch (error) {
      process.send({ id, error: error instanceof Error ? error.stack : String(error) });
    }
  });
  process.on('disconnect', () => process.exit(0));
}
