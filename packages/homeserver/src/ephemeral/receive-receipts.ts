/** @see https://spec.matrix.org/v1.19/server-server-api/#receipts */
import type { JsonObject, ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';

/** Takes in an `m.receipt` EDU. What its origin may not say is passed over. */
export const receiveReceipts = async (
  _engine: Engine,
  _origin: ServerName,
  _content: JsonObject,
): Promise<void> => {};
