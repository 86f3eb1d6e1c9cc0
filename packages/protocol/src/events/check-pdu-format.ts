import type { JsonValue } from '../json/json-value.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import type { Pdu } from './pdu.ts';

export type PduFormatVerdict =
  | { readonly ok: true; readonly pdu: Pdu }
  | { readonly ok: false; readonly reason: string };

export type PduFormatOptions = {
  /** Backfilled events are not held to the limits of 20 previous and 10 auth events. */
  readonly skipCountLimits?: boolean;
};

export function checkPduFormat(
  rules: RoomVersionRules,
  value: JsonValue,
  options: PduFormatOptions = {},
): PduFormatVerdict {
  throw new Error(`not yet ${rules.id} ${typeof value} ${options.skipCountLimits}`);
}
