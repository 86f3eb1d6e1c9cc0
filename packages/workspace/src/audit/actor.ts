import type { UserId } from '@causeway/protocol';

/** Who does something, for the audit log. */
export type Actor = {
  readonly name: UserId | 'command line' | 'server' | 'server start' | 'set-up' | 'nobody';
  /** Where the request came from; absent for the command line. */
  readonly address?: string;
};

/** An operator at the machine: whoever can use the command line could read the data as well. */
export const COMMAND_LINE: Actor = { name: 'command line' };

/** What the server goes on with by itself, because somebody began it. */
export const SERVER: Actor = { name: 'server' };

/** What was found changed at the start: somebody at the machine did it. */
export const SERVER_START: Actor = { name: 'server start' };

/** Who did not sign in: what they said of themselves is the target, not the actor. */
export const nobody = (address: string): Actor => ({ name: 'nobody', address });

export const actorOf = (session: { readonly userId: UserId; readonly remoteAddress?: string }): Actor => ({
  name: session.userId,
  ...(session.remoteAddress === undefined ? {} : { address: session.remoteAddress }),
});
