import type { AccountDataKey } from '@causeway/homeserver';
import { Answer } from '../../route.ts';
import { type Call, readRoomId, requireSelf } from '../client-route.ts';

/** The account data that a path names. */
export const accountDataKey = (call: Call, scope: 'global' | 'room'): AccountDataKey => ({
  userId: requireSelf(call),
  roomId: scope === 'room' ? readRoomId(call.request.param('roomId')) : '',
  type: call.request.param('type'),
});

const serverManaged: ReadonlySet<string> = new Set(['m.fully_read', 'm.push_rules']);

/** What clients may not write directly. @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3useruseridaccount_datatype */
export const refuseServerManaged = ({ type }: AccountDataKey): Answer | undefined =>
  serverManaged.has(type)
    ? new Answer(405, {
        errcode: 'M_BAD_JSON',
        error: `Account data of type ${type} is changed through its own endpoints.`,
      })
    : undefined;
