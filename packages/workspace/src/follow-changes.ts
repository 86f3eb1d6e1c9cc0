import type { Engine } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import { followDepartures } from './accounts/departures.ts';
import { resumeRequests } from './contacts/resume-requests.ts';
import type { WorkspaceContext } from './context.ts';
import type { SettingKey } from './settings/setting.ts';

/**
 * Lets a running homeserver follow what admins change. Where more servers may be talked with than before, all
 * that share a room hear from us, which sends what waits here and wakes what waits there.
 */
export const followChanges = (context: WorkspaceContext, engine: Engine): void => {
  followDepartures(context, engine);
  let resumed = Promise.resolve();
  // One after the other: nothing that waited is done twice.
  const resume = () => {
    resumed = resumed
      .then(() => resumeRequests(context, engine))
      .catch((error: unknown) => {
        if (!engine.signal.aborted) engine.log.error('what waited for approval was not done', error);
      });
  };
  // What was approved just before the last run ended.
  resume();
  const exchangeMore = () => {
    engine.outbound
      .resume()
      .catch((error: unknown) => engine.log.error('waking other servers failed', error));
    resume();
  };
  context.changes.listen((change) => {
    if (change.kind === 'hearing') {
      engine.untoldDevices.wake();
      void wake(context, engine, change.users, change.stream);
    }
    if (change.kind === 'device') engine.untoldDevices.wake();
    if (change.kind === 'sessions') {
      engine.untoldDevices.wake();
      void wake(context, engine, [change.userId]);
    }
    if (change.kind === 'contact' || (change.kind === 'setting' && concerning.has(change.key)))
      exchangeMore();
  });
};

/** Settings after which there may be more servers to talk with. */
const concerning: ReadonlySet<SettingKey> = new Set<SettingKey>([
  'federation.enabled',
  'federation.rules',
  'federation.first-contact',
  'federation.auto-approve',
]);

/** Syncs of these people that wait look again: at what they hear now, and at whether they are still signed in. */
const wake = async (
  context: WorkspaceContext,
  engine: Engine,
  users: readonly UserId[],
  stream?: number,
): Promise<void> => {
  const userNids = await context.store.read(async (reader) => {
    const found: number[] = [];
    for (const user of users)
      found.push(...[await engine.names.userNid(reader, user)].flatMap((nid) => nid ?? []));
    return found;
  });
  engine.notifier.publish({ ...(stream === undefined ? {} : { stream }), userNids });
};
