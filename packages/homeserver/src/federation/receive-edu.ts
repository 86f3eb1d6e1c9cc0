/** Ephemeral data of another server; its kind decides. What we don't know, or may not be, is passed over. */
import { isJsonObject, type JsonValue, type ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { receivePresence } from '../ephemeral/receive-presence.ts';
import { receiveReceipts } from '../ephemeral/receive-receipts.ts';
import { receiveTyping } from '../ephemeral/receive-typing.ts';
import type { EphemeralKind } from '../ports.ts';

/** What a host may have switched off; undefined for data that is no courtesy. */
export const ephemeralKind = (eduType: string): EphemeralKind | undefined => EPHEMERAL.get(eduType);

const EPHEMERAL: ReadonlyMap<string, EphemeralKind> = new Map([
  ['m.typing', 'typing'],
  ['m.presence', 'presence'],
  ['m.receipt', 'receipts'],
]);

export const receiveEdu = async (engine: Engine, origin: ServerName, edu: JsonValue): Promise<void> => {
  if (!isJsonObject(edu) || !isJsonObject(edu['content'])) return;
  const content = edu['content'];
  const what = typeof edu['edu_type'] === 'string' ? ephemeralKind(edu['edu_type']) : undefined;
  if (what !== undefined && engine.edus?.take(origin, what) === false) {
    engine.meter.eduDropped(what);
    return;
  }
  const allowed = what && (await engine.policy.ask({ kind: 'exchange-ephemeral', what }));
  if (allowed?.allowed === false) return;
  try {
    if (edu['edu_type'] === 'm.typing') await receiveTyping(engine, origin, content);
    else if (edu['edu_type'] === 'm.receipt') await receiveReceipts(engine, origin, content);
    else if (edu['edu_type'] === 'm.presence') await receivePresence(engine, origin, content);
  } catch (error) {
    // Best effort by nature: the PDUs of the same transaction are already safe.
    engine.log.error('edu not processed', error, { origin, edu_type: String(edu['edu_type']) });
  }
};
