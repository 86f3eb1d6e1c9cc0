/** Rooms of so many members that a server which joins asks for most of them to be left out at first. */
import { bothWays, localpartOf, type Scenario, serverOf, until } from './two-sides.ts';

/** Beyond what is told whole. */
const CROWD = 55;

export const largeRoomScenarios: readonly Scenario[] = bothWays(
  'a room with many members is joined: usable at once, and in the end with everybody',
  ['members.mixed', 'members.self-join', 'messages.send'],
  async ({ here, there, label }, { causeway, synapse, colleagueOf }) => {
    // Without a name, so that it is called after its members.
    const roomId = await here.createRoom({ preset: 'public_chat' });
    let member = here;
    for (let number = 0; number < CROWD; number++) {
      const name = `crowd${number}-of-${localpartOf(here)}`;
      member =
        label === 'Causeway'
          ? await causeway.registerUser(name)
          : await synapse.registerUser(name, 'a secret for the crowd');
      await member.join(roomId);
    }
    await there.join(roomId, [serverOf(here)]);
    await there.sendText(roomId, 'so many of you');
    await here.waitForText(roomId, 'so many of you');
    // Of whom the other side may not have heard yet.
    await member.sendText(roomId, 'one of many');
    await there.waitForText(roomId, 'one of many');
    await here.sendText(roomId, 'welcome');
    await there.waitForText(roomId, 'welcome');
    const colleague = await colleagueOf(there);
    await colleague.join(roomId, [serverOf(here)]);
    await until('everybody on both sides', async () => {
      const [ours, theirs] = await Promise.all([here.members(roomId), there.members(roomId)]);
      return ours.length === CROWD + 3 && theirs.length === CROWD + 3;
    });
    const whole = async (client: typeof here) =>
      (await client.fullState(roomId)).map(({ event_id }) => event_id).sort();
    await until(
      'the same state on both sides',
      async () => JSON.stringify(await whole(there)) === JSON.stringify(await whole(here)),
    );
  },
);
