import { describe, expect, test } from 'vitest';
import { PeerLimits } from './peer-limits.js';

function createLimits(): { peer: PeerLimits; found: string[] } {
  const peer = new PeerLimits();
  const found: string[] = [];
  peer.events.on('found', ({ command }) => found.push(command));
  return { peer, found };
}

describe('PeerLimits', () => {
  test.each(['HELLO', 'INFO', 'CLIENT'] as const)(
    'omits %s after the server closed two connections at it that had replied before',
    (step) => {
      const { peer } = createLimits();
      peer.hungUp(step, true);
      expect(peer.avoids(step)).toBe(false);
      peer.hungUp(step, true);
      expect(peer.avoids(step)).toBe(true);
      expect(peer.forbids(step)).toBe(true);
    },
  );

  test('does not count closed connections from before one that worked', () => {
    const { peer } = createLimits();
    peer.hungUp('INFO', true);
    peer.connected();
    peer.hungUp('INFO', true);
    expect(peer.avoids('INFO')).toBe(false);
  });

  test('omits INFO only provisionally, and reports nothing, when the closed connections had no reply', () => {
    const { peer, found } = createLimits();
    for (let i = 0; i < 2; i++) peer.hungUp('INFO', false);
    expect(peer).toMatchObject({ triesWithoutInfo: true, lacksReadyCheck: true });
    expect(peer.forbids('INFO')).toBe(false);
    peer.connected();
    expect(peer.avoids('INFO')).toBe(false);
    expect(found).toEqual([]);
  });

  test('forgets the provisionally omitted steps when a connection without them closes without a reply, too', () => {
    const { peer } = createLimits();
    for (const step of ['HELLO', 'CLIENT', 'INFO'] as const) {
      for (let i = 0; i < 2; i++) peer.hungUp(step, false);
      expect(peer.avoids(step)).toBe(true);
    }
    peer.hungUp(undefined, false);
    expect(['HELLO', 'CLIENT', 'INFO'].some((step) => peer.avoids(step as 'HELLO'))).toBe(false);
  });

  test('counts connections closed at CLIENT KILL across working connections, until a CLIENT KILL succeeds', () => {
    const { peer, found } = createLimits();
    peer.hungUp('CLIENT KILL', true);
    peer.connected();
    peer.killed();
    peer.hungUp('CLIENT KILL', true);
    peer.connected();
    expect(peer.forbids('CLIENT')).toBe(false);
    peer.hungUp('CLIENT KILL', true);
    expect(peer.forbids('CLIENT')).toBe(true);
    expect(found).toEqual(['CLIENT KILL']);
  });

  test('reports each consequence once', () => {
    const { peer, found } = createLimits();
    for (let i = 0; i < 3; i++) {
      peer.refused('INFO', 'ERR unknown command');
      peer.refused('CLIENT INFO', 'ERR unknown command');
      peer.refused('CLIENT KILL', 'ERR unknown command');
    }
    expect(found).toEqual(['INFO', 'CLIENT INFO']);
  });
});
