/** What people do, step by step; each step asserts what the other side shows. A scenario builds on the beginning only. */

import { adminCheckScenarios } from './admin-check.ts';
import { organisationScenarios } from './admin-organisations.ts';
import { adminOverviewScenarios } from './admin-overview.ts';
import { adminScenarios } from './admin-pages.ts';
import { adminRoomScenarios } from './admin-rooms.ts';
import { signingKeyScenarios } from './admin-signing-key.ts';
import { adminPeopleScenarios } from './admin-people.ts';
import { badInputScenarios } from './bad-input.ts';
import { complaints } from './browser.ts';
import { forgedKeysScenarios } from './forged-keys.ts';
import { frameScenarios, sharedChannelScenario } from './frame.ts';
import { guideScenarios } from './guide.ts';
import { largeRoomScenarios } from './large-room.ts';
import { lostConnectionScenarios } from './lost-connection.ts';
import { messageScenarios } from './messages-all.ts';
import { deliveryScenarios } from './messages-delivery.ts';
import { firstMessageScenarios } from './messages-first.ts';
import { attackScenarios } from './messages-rich-text.ts';
import { notToldScenarios } from './not-told.ts';
import { outageScenarios } from './outages.ts';
import { firstRoomScenarios } from './rooms-first.ts';
import { historyScenarios } from './rooms-history.ts';
import { invitationScenarios } from './rooms-invitations.ts';
import { joiningScenarios } from './rooms-joining.ts';
import { roleScenarios } from './rooms-roles.ts';
import { screenshotScenario } from './rooms-screenshot.ts';
import { settingsScenarios } from './rooms-settings.ts';
import { spaceScenarios } from './rooms-spaces.ts';
import { typedScenarios } from './rooms-typed.ts';
import { versionScenarios } from './rooms-versions.ts';
import { setupScenarios, signInScenarios } from './session.ts';
import { stillnessScenarios } from './stillness.ts';
import type { Scenario } from './story.ts';
import { surfaceScenarios } from './surface.ts';
import { viewScenarios } from './surface-views.ts';

const noComplaints: Scenario = {
  name: 'no page raised an error or ran into the content security policy',
  shows: ['surface.csp'],
  run: async () => {
    if (complaints.length > 0) throw new Error([...new Set(complaints)].join('\n'));
  },
};

/** What every group begins with: people who are signed in, and a channel that they share, open at both sides. */
export const beginning: readonly Scenario[] = [...signInScenarios, sharedChannelScenario];

/** Groups know nothing of each other: each has workspaces and a browser of its own. */
export const groups: readonly (readonly Scenario[])[] = [
  [
    screenshotScenario,
    ...firstMessageScenarios,
    ...firstRoomScenarios,
    ...deliveryScenarios,
    ...invitationScenarios,
    ...typedScenarios,
    ...settingsScenarios,
    ...versionScenarios,
    ...joiningScenarios,
    ...historyScenarios,
    ...spaceScenarios,
    ...badInputScenarios,
    ...forgedKeysScenarios,
    ...lostConnectionScenarios,
    ...notToldScenarios,
    ...roleScenarios,
    ...outageScenarios,
    noComplaints,
    ...attackScenarios,
  ],
  [
    ...adminCheckScenarios,
    ...adminOverviewScenarios,
    ...adminScenarios,
    ...adminRoomScenarios,
    ...signingKeyScenarios,
    ...adminPeopleScenarios,
    ...frameScenarios,
    ...setupScenarios,
    ...messageScenarios,
    ...guideScenarios,
    ...surfaceScenarios,
    ...viewScenarios,
    ...largeRoomScenarios,
    ...stillnessScenarios,
    // An organisation is refused there for good.
    ...organisationScenarios,
    noComplaints,
  ],
];
