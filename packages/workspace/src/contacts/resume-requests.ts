/** Does what waited for an organisation that may be talked with now. */
import { type Engine, inviteUntil, joinRoom, knockRoom, MatrixError } from '@causeway/homeserver';
import { isJsonArray, parseRoomId, parseUserId } from '@causeway/protocol';
import { userIdOf } from '../accounts/account.ts';
import type { WorkspaceContext } from '../context.ts';
import { contactRefusal } from './contact-policy.ts';
import { type ContactRequest, settleRequest, waitingRequests } from './contact-requests.ts';

/**
 * Called at the start too, so that nothing is forgotten that was approved just before an end. A wish that fails for
 * its own reasons says so; one that waits again, waits.
 */
export const resumeRequests = async (context: WorkspaceContext, engine: Engine): Promise<void> => {
  const open = (await waitingRequests(context)).filter(
    ({ serverName }) => contactRefusal(context, serverName) === undefined,
  );
  for (const request of open) {
    if (engine.signal.aborted) return;
    await resume(context, engine, request);
  }
};

const resume = async (context: WorkspaceContext, engine: Engine, request: ContactRequest): Promise<void> => {
  try {
    const outcome = await perform(context, engine, request);
    await settleRequest(context, request.id, 'done', outcome);
  } catch (error) {
    if (engine.signal.aborted) return;
    if (!(error instanceof MatrixError)) {
      engine.log.error('what waited for approval was not done', error, { server: request.serverName });
      return;
    }
    if (error.errcode !== 'CAUSEWAY_AWAITS_APPROVAL') {
      await settleRequest(context, request.id, 'failed', error.message);
    }
  }
};

const AGAIN = 'It can be asked for again now.';

/** What became of it, in words. */
const perform = async (
  context: WorkspaceContext,
  engine: Engine,
  { kind, localpart, room, other, details }: ContactRequest,
): Promise<string> => {
  const userId = userIdOf(localpart === '' ? 'nobody' : localpart, context.serverName);
  const reason = typeof details.reason === 'string' ? details.reason : undefined;
  const said = reason === undefined ? {} : { reason };
  const via = (isJsonArray(details.via) ? details.via : []).filter((one) => typeof one === 'string');
  switch (kind) {
    case 'invite': {
      const [roomId, target] = [parseRoomId(room), parseUserId(other)];
      if (roomId === undefined || target === undefined) return 'It can not be done any more.';
      const expires = details.expires_in_ms;
      await inviteUntil(engine, {
        roomId,
        sender: userId,
        target,
        reason,
        expiresInMs: typeof expires === 'number' ? expires : undefined,
        ...(details.direct === true ? { isDirect: true } : {}),
      });
      return 'The invitation was sent.';
    }
    case 'join':
      await joinRoom(engine, { userId, roomIdOrAlias: room, via, ...said });
      return 'The room was joined.';
    case 'knock':
      await knockRoom(engine, { userId, roomIdOrAlias: room, via, ...said });
      return 'The room was asked to let you in.';
    case 'invited':
    case 'joining':
      return AGAIN;
    case 'shared':
      return 'Messages are exchanged now.';
  }
};
