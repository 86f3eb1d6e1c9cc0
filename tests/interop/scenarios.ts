/** All scenarios of `npm run test:interop`. */
import { basicScenarios } from './basic-scenarios.ts';
import { commandScenarios } from './command-scenarios.ts';
import { conversationScenarios } from './conversation-scenarios.ts';
import { deviceListScenarios } from './device-list-scenarios.ts';
import { deviceMessageScenarios } from './device-message-scenarios.ts';
import { discoveryScenarios } from './discovery-scenarios.ts';
import { encryptionScenarios } from './encryption-scenarios.ts';
import { endedAccountScenarios } from './ended-account-scenarios.ts';
import { fileScenarios } from './file-scenarios.ts';
import { forkScenarios } from './fork-scenarios.ts';
import { hostileScenarios } from './hostile-scenarios.ts';
import { invitationScenarios } from './invitation-scenarios.ts';
import { keyScenarios } from './key-scenarios.ts';
import { largeRoomScenarios } from './large-room-scenarios.ts';
import { memberScenarios } from './member-scenarios.ts';
import { messageScenarios } from './message-scenarios.ts';
import { moderationScenarios } from './moderation-scenarios.ts';
import { permissionScenarios } from './permission-scenarios.ts';
import { peopleScenarios } from './people-scenarios.ts';
import { purgeScenarios } from './purge-scenarios.ts';
import { restoreScenarios } from './restore-scenarios.ts';
import { roomScenarios } from './room-scenarios.ts';
import { settingScenarios } from './setting-scenarios.ts';
import { thirdPartyScenarios } from './third-party-scenarios.ts';
import type { Scenario } from './two-sides.ts';
import { versionScenarios } from './version-scenarios.ts';

export const scenarios: readonly Scenario[] = [
  // The longest, beside the others.
  ...forkScenarios,
  ...largeRoomScenarios,
  ...messageScenarios,
  ...conversationScenarios,
  ...invitationScenarios,
  ...thirdPartyScenarios,
  ...fileScenarios,
  ...discoveryScenarios,
  ...hostileScenarios,
  ...peopleScenarios,
  ...endedAccountScenarios,
  ...roomScenarios,
  ...purgeScenarios,
  ...moderationScenarios,
  ...commandScenarios,
  ...basicScenarios,
  ...memberScenarios,
  ...versionScenarios,
  ...keyScenarios,
  ...encryptionScenarios,
  ...deviceListScenarios,
  ...deviceMessageScenarios,
  ...permissionScenarios,
  ...settingScenarios,
  ...restoreScenarios,
];
