import { randomUUID } from 'node:crypto';
import type { Directive } from './directives.js';

/**
 * The ACL user of this process on every server that it starts. With it the harness controls a server whatever a test
 * does to the other users. Replicas and Sentinels sign in with it too. The password is random, so a server that accepts
 * it is one of ours.
 */
export const HARNESS_USER = Object.freeze({ name: 'test-harness', password: randomUUID() });

export const HARNESS_USER_DIRECTIVE: Directive = [
  'user',
  HARNESS_USER.name,
  'on',
  `>${HARNESS_USER.password}`,
  '~*',
  '&*',
  '+@all',
];
