import { describe, expect, test } from 'vitest';
import { clientAddress } from './client-address.js';

const SAME: readonly (readonly [written: string, client: string])[] = [
  ['1.2.3.4', '1.2.3.4'],
  ['255.255.255.255', '255.255.255.255'],
  ['::ffff:1.2.3.4', '1.2.3.4'],
  ['::FFFF:1.2.3.4', '1.2.3.4'],
  ['::ffff:102:304', '1.2.3.4'],
  ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
  ['::ffff:1.2.3.4%eth0', '1.2.3.4'],
  ['1.2.3.4:5678', '1.2.3.4'],
  ['[2001:db8::1]:443', '2001:db8::/64'],
  ['[2001:db8::1]', '2001:db8::/64'],
  ['[::ffff:1.2.3.4]:80', '1.2.3.4'],
  ['2001:db8::1', '2001:db8::/64'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::/64'],
  ['2001:db8:0:0:ffff:ffff:ffff:ffff', '2001:db8::/64'],
  ['2001:db8:0:1::', '2001:db8:0:1::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['fe80::abcd%25en0', 'fe80::/64'],
  ['::1', '::/64'],
];

const NONE = [
  '',
  'unknown',
  '1.2.3',
  '1.2.3.256',
  '01.2.3.4',
  '1.2.3.4:',
  '1.2.3.4:99999999',
  '_hidden',
  'a:b',
  '[1::2',
  '1::2::3',
  'localhost',
];

describe('the address of a client', () => {
  test.each(SAME)('written %s is %s', (written, client) => {
    expect(clientAddress(written)).toBe(client);
  });

  test.each(NONE)('is none where it says %j', (text) => {
    expect(clientAddress(text)).toBeUndefined();
  });

  test('is one for all of a /64 and another for the next', () => {
    const [first, last, next] = ['2001:db8:0:7::', '2001:db8:0:7:ffff:ffff:ffff:ffff', '2001:db8:0:8::'].map(
      clientAddress,
    );
    expect(first).toBe(last);
    expect(next).not.toBe(first);
  });
});
