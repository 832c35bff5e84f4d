import { Redis } from 'ioredis';

/** Whether the ioredis under test begins a connection with HELLO, as version 6 does. Version 5 only knows RESP2. */
export const SENDS_HELLO = new Redis({ lazyConnect: true }).options.protocol === 3;
