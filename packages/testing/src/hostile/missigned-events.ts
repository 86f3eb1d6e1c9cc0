import { lenientCanonicalJson } from '@causeway/protocol';
import { madeEvent, spoilt } from './hostile-event.ts';
import { changed, type HostileEvent, spoiltAt } from './hostile-item.ts';

const unsignedBy = (path: string, text: string, name: string, reason: RegExp): HostileEvent => ({
  name,
  verdict: 'dropped',
  reason,
  make: async (ground) => {
    const made = await madeEvent(ground);
    const { keyId } = ground.author.signingKey;
    return { made, text: spoilt(made.pdu, path.replace('KEY', keyId).split('/'), text) };
  },
});

/** Events that nobody stands for, and such as are not what their author signed. */
export const missigned: readonly HostileEvent[] = [
  unsignedBy('signatures', '{}', 'no signature', /signature/),
  unsignedBy('signatures/south.test', '{}', 'no signature of its server', /signature/),
  unsignedBy('signatures/south.test/KEY', `"${'A'.repeat(86)}"`, 'a wrong signature', /signature/),
  unsignedBy('signatures/south.test/KEY', '"not Base64!"', 'a signature that is no Base64', /signature/),
  unsignedBy('signatures/south.test/KEY', '""', 'an empty signature', /signature/),
  unsignedBy(
    'signatures/south.test',
    `{"ed25519:unknown":"${'A'.repeat(86)}"}`,
    'a signature with a key that nobody has',
    /signature|key/,
  ),
  unsignedBy(
    'signatures/south.test',
    `{"rsa:1":"${'A'.repeat(86)}"}`,
    'a signature of an unknown kind',
    /signature|key/,
  ),
  unsignedBy('depth', '3', 'another depth than was signed', /signature/),
  unsignedBy('sender', '"@ada:north.test"', 'a sender of another server', /signature/),
  {
    name: 'signatures of others beside its own',
    verdict: 'accepted',
    make: async (ground) => {
      const made = await madeEvent(ground);
      return { made, text: spoilt(made.pdu, ['signatures', 'gone.test'], '{"ed25519:1":"AAAA"}') };
    },
  },
  {
    name: 'a time in which its key is good no more',
    verdict: 'dropped',
    reason: /key/,
    make: changed({ origin_server_ts: Number.MAX_SAFE_INTEGER }),
  },
  {
    name: 'another content than was hashed',
    verdict: 'redacted',
    make: spoiltAt('content', '{"body":"put into its mouth","msgtype":"m.text"}'),
  },
  { name: 'a negative zero, which is read as 0', verdict: 'redacted', make: spoiltAt('content/odd', '-0') },
  {
    name: 'a hash that is no Base64',
    verdict: 'dropped',
    reason: /signature/,
    make: spoiltAt('hashes/sha256', '"!"'),
  },
  {
    name: 'the same key twice: the last counts',
    verdict: 'accepted',
    make: async (ground) => {
      const made = await madeEvent(ground, { content: { msgtype: 'm.text', body: 'the last' } });
      const text = lenientCanonicalJson(made.pdu).replace('"body":', '"body":"the first","body":');
      return { made, text };
    },
  },
  {
    name: 'unsigned data that would be believed',
    verdict: 'accepted',
    make: spoiltAt(
      'unsigned',
      '{"redacted_because":{"type":"m.room.redaction"},"age":-7,"prev_content":7,"m.relations":[]}',
    ),
  },
];
