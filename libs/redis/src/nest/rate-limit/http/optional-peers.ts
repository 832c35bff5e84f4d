// Bundlers accept that a package is not installed if the rejection of its import is handled. An application without
// WebSockets or microservices never runs these imports.

/** Loads the package of an application with WebSockets. */
export function importWebSockets(): Promise<typeof import('@nestjs/websockets')> {
  return import('@nestjs/websockets').catch(passOn);
}

/** Loads the package of a microservice. */
export function importMicroservices(): Promise<typeof import('@nestjs/microservices')> {
  return import('@nestjs/microservices').catch(passOn);
}

function passOn(error: unknown): never {
  throw error;
}
