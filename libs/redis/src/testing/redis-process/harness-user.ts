import { randomUUID } from 'node:crypto';
import type { Directive } from './directives.js';

/**
 * The ACL user that this process has on every server it starts, so that it can look after them whatever a test does to the others;
 * replicas and Sentinels sign in with it as well. Nobody else knows the password: a server that takes it is one of ours.
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
