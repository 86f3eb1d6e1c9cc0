import type { JsonObject } from '@causeway/protocol';
import type { WorkspaceContext } from '../context.ts';
import type { Session } from '../sessions/session.ts';
import { actorOf } from './actor.ts';
import { recordAudit } from './append-audit.ts';

/** Takes down what a member did to others, or to the rules of a room, once it is done. */
export const noteModeration =
  (context: WorkspaceContext) =>
  (note: {
    readonly requester: Session;
    readonly action: string;
    readonly roomId: string;
    readonly details: JsonObject;
  }): Promise<void> =>
    recordAudit(context, {
      action: `moderation.${note.action}`,
      by: actorOf(note.requester),
      target: note.roomId,
      after: note.details,
    });
