import { setTimeout as delay } from 'node:timers/promises';
import type { DemoProcess } from '../demo.process.js';

const PAUSE_MS = 20;
const CODES = ['JP', 'FR', 'BR', 'NZ', 'EG', 'CA', 'IN', 'KE', 'SE', 'PE'];
const SEARCHES = ['zurich', 'san jose', 'bern', 'oslo'];

/** Requests of all kinds to the demo, one after another, until `stop()`: hits, misses, loads, invalidations, refusals. */
export class DemoTraffic {
  private isStopped = false;
  private readonly ended: Promise<void>;

  constructor(private readonly demo: DemoProcess) {
    this.ended = this.run();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.ended;
  }

  private async run(): Promise<void> {
    for (let round = 0; !this.isStopped; round++) {
      // Without Redis some of them are answered with an error, which counts too.
      for (const request of requests(round)) {
        if (this.isStopped) return;
        await this.send(request);
      }
      await delay(PAUSE_MS);
    }
  }

  private async send([method, path]: Request): Promise<void> {
    try {
      const response = await this.demo.open(path, { method });
      await response.arrayBuffer();
    } catch {
      // The demo is stopped.
      this.isStopped = true;
    }
  }
}

type Request = readonly [method: 'GET' | 'DELETE', path: string];

function requests(round: number): readonly Request[] {
  const code = CODES[round % CODES.length] ?? '';
  const city = encodeURIComponent(SEARCHES[round % SEARCHES.length] ?? '');
  return [
    ['GET', '/hemispheres'],
    ['GET', '/countries'],
    ['GET', `/countries/${code}/cities`],
    ['GET', `/countries/${code}/cities`],
    ['GET', `/countries/${code}/extremes`],
    ['GET', `/cities/nearest?lat=48.86&lon=2.35&limit=${1 + (round % 20)}`],
    // One search a second is admitted, so most of them are refused.
    ['GET', `/cities/search?q=${city}&limit=3`],
    ...(round % 10 === 0 ? ([['GET', '/cities/stampede?callers=50']] as const) : []),
    ...(round % 10 === 5 ? ([['DELETE', `/countries/${code}/extremes`]] as const) : []),
    ...(round % 10 === 9 ? ([['DELETE', `/cache/countries/${code}`]] as const) : []),
    ...(round % 50 === 49 ? ([['DELETE', '/cache']] as const) : []),
  ];
}
