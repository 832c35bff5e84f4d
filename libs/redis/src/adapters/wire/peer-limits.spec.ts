import { describe, expect, test } from 'vitest';
import { PeerLimits } from './peer-limits.js';

function limitsOf(): { peer: PeerLimits; found: string[] } {
  const peer = new PeerLimits();
  const found: string[] = [];
  peer.events.on('found', ({ command }) => found.push(command));
  return { peer, found };
}

describe('the limits of a peer', () => {
  test.each(['HELLO', 'INFO', 'CLIENT'] as const)(
    'leave %s out once it closed two connections at it after an answer',
    (step) => {
      const { peer } = limitsOf();
      peer.hungUp(step, true);
      expect(peer.avoids(step)).toBe(false);
      peer.hungUp(step, true);
      expect(peer.avoids(step)).toBe(true);
      expect(peer.forbids(step)).toBe(true);
    },
  );

  test('do not count a connection that was closed before one that worked', () => {
    const { peer } = limitsOf();
    peer.hungUp('INFO', true);
    peer.connected();
    peer.hungUp('INFO', true);
    expect(peer.avoids('INFO')).toBe(false);
  });

  test('leave INFO out for a try only, and report nothing, where nothing was answered', () => {
    const { peer, found } = limitsOf();
    for (let i = 0; i < 2; i++) peer.hungUp('INFO', false);
    expect(peer).toMatchObject({ triesWithoutInfo: true, lacksReadyCheck: true });
    expect(peer.forbids('INFO')).toBe(false);
    peer.connected();
    expect(peer.avoids('INFO')).toBe(false);
    expect(found).toEqual([]);
  });

  test('begin anew where connections without all of them are closed unanswered, too', () => {
    const { peer } = limitsOf();
    for (const step of ['HELLO', 'CLIENT', 'INFO'] as const) {
      for (let i = 0; i < 2; i++) peer.hungUp(step, false);
      expect(peer.avoids(step)).toBe(true);
    }
    peer.hungUp(undefined, false);
    expect(['HELLO', 'CLIENT', 'INFO'].some((step) => peer.avoids(step as 'HELLO'))).toBe(false);
  });

  test('count CLIENT KILL over connections that worked, until one is closed by it', () => {
    const { peer, found } = limitsOf();
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

  test('are reported once for each thing that is lost', () => {
    const { peer, found } = limitsOf();
    for (let i = 0; i < 3; i++) {
      peer.refused('INFO', 'ERR unknown command');
      peer.refused('CLIENT INFO', 'ERR unknown command');
      peer.refused('CLIENT KILL', 'ERR unknown command');
    }
    expect(found).toEqual(['INFO', 'CLIENT INFO']);
  });
});
