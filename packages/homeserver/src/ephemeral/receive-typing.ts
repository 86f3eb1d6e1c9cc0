/** @see https://spec.matrix.org/v1.19/server-server-api/#typing-notifications */
import type { JsonObject, ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';

/** Takes in an `m.typing` EDU. What its origin may not say is passed over. */
export const receiveTyping = async (
  _engine: Engine,
  _origin: ServerName,
  _content: JsonObject,
): Promise<void> => {};
