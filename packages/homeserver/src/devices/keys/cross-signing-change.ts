import type { UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import type { StoreReader } from '../../store/store.ts';
import type { PublicListChange } from '../lists/note-change.ts';
import { crossSigningKeysOf } from './keys-of-our-people.ts';

/** That a person's cross-signing keys are now what the store has: those of them that everybody may see. */
export const crossSigningChange = async (
  engine: Engine,
  reader: StoreReader,
  userId: UserId,
): Promise<PublicListChange> => {
  const { master, self_signing } = await crossSigningKeysOf(engine, reader, userId);
  return {
    kind: 'cross-signing',
    userId,
    ...(master && { masterKey: master }),
    ...(self_signing && { selfSigningKey: self_signing }),
  };
};
