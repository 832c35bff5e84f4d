/** The child's half of a call over IPC: answers each request with what its handler returns, and ends with its parent. */
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
