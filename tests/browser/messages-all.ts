import { commandScenarios } from './messages-commands.ts';
import { fileScenarios } from './messages-files.ts';
import { notificationScenarios } from './messages-notifications.ts';
import { peopleScenarios } from './messages-people.ts';
import { richTextScenarios } from './messages-rich-text.ts';
import { stateScenarios } from './messages-state.ts';
import { threadScenarios } from './messages-threads.ts';
import { wireScenarios } from './messages-wire.ts';
import { profileScenarios } from './profiles.ts';
import type { Scenario } from './story.ts';

/** Everything about messages beyond the simplest. */
export const messageScenarios: readonly Scenario[] = [
  ...richTextScenarios,
  ...stateScenarios,
  ...threadScenarios,
  ...fileScenarios,
  ...commandScenarios,
  ...peopleScenarios,
  ...profileScenarios,
  ...wireScenarios,
  ...notificationScenarios,
];
