import type { Pdu, UnsignedPdu } from '../events/pdu.ts';
import type { EventId } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import type { AuthState } from './auth-verdict.ts';
import type { PowerLevel } from './power-levels.ts';

/** What the rules look at, gathered once per event. */
export type AuthSubjects = {
  readonly rules: RoomVersionRules;
  readonly pdu: UnsignedPdu;
  readonly state: AuthState;
  readonly create: Pdu;
  readonly createEventId: () => EventId;
  readonly powerLevels: Pdu | undefined;
  readonly senderLevel: PowerLevel;
};
