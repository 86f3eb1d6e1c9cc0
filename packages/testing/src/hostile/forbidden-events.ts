import { madeEvent } from './hostile-event.ts';
import { changed, type HostileEvent, rejected, state } from './hostile-item.ts';

/** In good form, and forbidden. */
export const forbidden: readonly HostileEvent[] = [
  rejected('no auth events', /./, { auth_events: [] }),
  {
    name: 'the same auth event twice',
    verdict: 'rejected',
    reason: /./,
    make: async (ground) => {
      const { pdu } = await madeEvent(ground);
      return changed({ auth_events: [...pdu.auth_events, ...pdu.auth_events] })(ground);
    },
  },
  rejected(
    'power levels that are text',
    /./,
    state('m.room.power_levels', { users: { '@sam:south.test': '100' } }),
  ),
  rejected('power levels that are a list', /./, state('m.room.power_levels', { users: [], events: 7 })),
  rejected('power levels for nobody', /./, state('m.room.power_levels', { users: { nobody: 1 } })),
  rejected('a membership of no kind', /./, (ground) =>
    state('m.room.member', { membership: 'banana' }, ground.sender),
  ),
  rejected('a membership that is a list', /./, (ground) =>
    state('m.room.member', { membership: ['join'] }, ground.sender),
  ),
  rejected('no membership', /./, (ground) => state('m.room.member', {}, ground.sender)),
  rejected('state that belongs to another person', /./, state('org.example.own', {}, '@nora:north.test')),
  rejected('a knock of a member', /./, (ground) =>
    state('m.room.member', { membership: 'knock' }, ground.sender),
  ),
  rejected(
    'an invitation by a third party that is none',
    /./,
    state('m.room.member', { membership: 'invite', third_party_invite: { signed: 7 } }, '@zoe:south.test'),
  ),
];
