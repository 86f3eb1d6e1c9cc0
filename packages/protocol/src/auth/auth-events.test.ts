import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { asPdu, somePdu } from '../test-support/events.ts';
import { eventId, roomVersion } from '../test-support/identifiers.ts';
import { authTypesFor } from './auth-events-selection.ts';
import { type AuthEvent, checkAuthEvents } from './check-auth-events.ts';

type Fields = { readonly [key: string]: JsonValue | undefined };

const alice = '@alice:a.example';
const bob = '@bob:b.example';

function member(sender: string, target: string, membership: string, more: JsonObject = {}): Fields {
  return { type: 'm.room.member', sender, state_key: target, content: { membership, ...more } };
}

describe('auth events', () => {
  const types = (version: string, event: Fields) =>
    authTypesFor(roomVersion(version), somePdu({ sender: alice, ...event })).map((pair) => pair.join(' '));

  it('are selected as the specification says', () => {
    const base = ['m.room.power_levels ', `m.room.member ${alice}`];
    expect(types('12', {})).toEqual(base);
    expect(types('11', {})).toEqual(['m.room.create ', ...base]);
    expect(types('11', { type: 'm.room.create' })).toEqual([]);
    expect(types('12', member(alice, alice, 'join'))).toEqual([...base, 'm.room.join_rules ']);
    expect(types('12', member(alice, bob, 'invite'))).toEqual([
      ...base,
      `m.room.member ${bob}`,
      'm.room.join_rules ',
    ]);
    expect(types('12', member(alice, bob, 'ban'))).toEqual([...base, `m.room.member ${bob}`]);
    expect(types('12', member(alice, alice, 'knock'))).toEqual([...base, 'm.room.join_rules ']);
    expect(
      types('12', member(alice, bob, 'invite', { third_party_invite: { signed: { token: 't' } } })),
    ).toEqual([...base, `m.room.member ${bob}`, 'm.room.join_rules ', 'm.room.third_party_invite t']);
    expect(types('12', member(alice, alice, 'join', { join_authorised_via_users_server: bob }))).toEqual([
      ...base,
      'm.room.join_rules ',
      `m.room.member ${bob}`,
    ]);
    expect(types('12', member(alice, alice, 'leave', { join_authorised_via_users_server: bob }))).toEqual(
      base,
    );
  });

  const auth = (fields: Fields, rejected = false): AuthEvent => ({
    eventId: eventId(`$${fields.type}`),
    pdu: somePdu({ state_key: '', ...fields }),
    rejected,
  });
  const create = auth({ type: 'm.room.create' });
  const levels = auth({ type: 'm.room.power_levels' });
  const self = auth({ type: 'm.room.member', state_key: alice });
  const event = asPdu(somePdu({ sender: alice }));
  const verdict = (version: string, events: readonly AuthEvent[], pdu = event): boolean =>
    checkAuthEvents(roomVersion(version), pdu, events).allowed;

  it('are accepted when they are the selected ones', () => {
    expect(verdict('11', [create, levels, self])).toBe(true);
    expect(verdict('11', [create])).toBe(true);
    expect(verdict('12', [levels, self])).toBe(true);
    expect(verdict('12', [])).toBe(true);
  });

  it('are refused when they are not', () => {
    expect(verdict('11', [levels, self])).toBe(false);
    expect(verdict('12', [create, levels, self])).toBe(false);
    expect(verdict('12', [levels, levels])).toBe(false);
    expect(verdict('12', [levels, auth({ type: 'm.room.join_rules' })])).toBe(false);
    expect(verdict('12', [levels, auth({ type: 'm.room.member', state_key: bob })])).toBe(false);
    expect(verdict('12', [auth({ type: 'm.room.power_levels', state_key: undefined })])).toBe(false);
    expect(verdict('12', [auth({ type: 'm.room.power_levels' }, true)])).toBe(false);
    expect(verdict('12', [auth({ type: 'm.room.power_levels', room_id: '!other:example.org' })])).toBe(false);
    expect(verdict('11', [auth({ type: 'm.room.create', room_id: '!other:example.org' }), levels])).toBe(
      false,
    );
  });

  it('of a create event are not looked at', () => {
    expect(verdict('11', [levels], somePdu({ type: 'm.room.create', state_key: '' }))).toBe(true);
  });
});
