import { encodedPart } from '../policy/encoded-part.js';
import type { CallVerdict, DecideReply, PolicyVerdict } from '../policy/limiter-call.js';
import { STATUSES } from '../server-time/bounded-reply.js';

const HEAD_BYTES = 9;
const VERDICT_BYTES = 4 * 8;

/** Decodes the reply of decide.lua. */
export function readReply(reply: Buffer): DecideReply {
  const status = encodedPart(STATUSES[reply.readUInt8(0)]);
  const nowUs = reply.readDoubleBE(1);
  if (status !== 'decided') return { status, nowUs };
  const verdicts: CallVerdict[] = [];
  for (let at = HEAD_BYTES; at < reply.length;) {
    const admitted = reply.readUInt16BE(at);
    const end = at + 3 + reply.readUInt8(at + 2) * VERDICT_BYTES;
    const policies: PolicyVerdict[] = [];
    for (at += 3; at < end; at += VERDICT_BYTES) {
      policies.push({
        counted: reply.readDoubleBE(at),
        free: reply.readDoubleBE(at + 8),
        resetUs: reply.readDoubleBE(at + 16),
        waitUs: reply.readDoubleBE(at + 24),
      });
    }
    verdicts.push({ admitted, policies });
  }
  return { status, nowUs, verdicts };
}

/** Encodes a reply as decide.lua does. */
export function writeReply(reply: DecideReply): Buffer {
  const verdicts = reply.status === 'decided' ? reply.verdicts : [];
  const bytes = verdicts.reduce((sum, { policies }) => sum + 3 + policies.length * VERDICT_BYTES, HEAD_BYTES);
  const buffer = Buffer.allocUnsafe(bytes);
  buffer.writeUInt8(STATUSES.indexOf(reply.status), 0);
  let at = buffer.writeDoubleBE(reply.nowUs, 1);
  for (const { admitted, policies } of verdicts) {
    at = buffer.writeUInt16BE(admitted, at);
    at = buffer.writeUInt8(policies.length, at);
    for (const { counted, free, resetUs, waitUs } of policies) {
      for (const value of [counted, free, resetUs, waitUs]) at = buffer.writeDoubleBE(value, at);
    }
  }
  return buffer;
}
