import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { storedKey } from './stored-key.js';

describe('a stored key', () => {
  test('is the text itself up to 512 bytes', () => {
    expect(storedKey('user:1')).toBe('user:1');
    expect(storedKey('a'.repeat(512))).toBe('a'.repeat(512));
  });

  test('of a longer text is its beginning and its SHA-256', () => {
    const text = `user:${'a'.repeat(600)}`;
    const digest = createHash('sha256').update(text).digest('base64url');
    expect(storedKey(text)).toBe(`${text.slice(0, 64)}%sha256-${digest}`);
    expect(storedKey(`${text}b`)).not.toBe(storedKey(text));
  });

  test('counts bytes of UTF-8 and cuts no character in half', () => {
    const text = `${'a'.repeat(63)}${'😀'.repeat(200)}`;
    expect(storedKey(text)).toMatch(/^a{63}%sha256-/);
    expect(Buffer.byteLength(storedKey('é'.repeat(300)))).toBeLessThan(512);
  });

  test('of a text that looks like a digest is hashed, so that no caller can choose the key of another text', () => {
    const forged = storedKey('b'.repeat(600));
    expect(storedKey(forged)).not.toBe(forged);
  });
});
