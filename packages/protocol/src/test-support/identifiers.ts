import {
  type EventId,
  parseEventId,
  parseRoomId,
  parseServerName,
  parseUserId,
  type RoomId,
  type ServerName,
  type UserId,
} from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { getRoomVersion } from '../room-versions/room-versions.ts';
import { present } from './vectors.ts';

export const userId = (text: string): UserId => present(parseUserId(text));
export const roomId = (text: string): RoomId => present(parseRoomId(text));
export const eventId = (text: string): EventId => present(parseEventId(text));
export const serverName = (text: string): ServerName => present(parseServerName(text));
export const roomVersion = (id: string): RoomVersionRules => present(getRoomVersion(id));
