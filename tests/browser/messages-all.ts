import { commandScenarios } from './messages-commands.ts';
import { fileScenarios } from './messages-files.ts';
import { richTextScenarios } from './messages-rich-text.ts';
import { stateScenarios } from './messages-state.ts';
import { threadScenarios } from './messages-threads.ts';
import type { Scenario } from './scenarios.ts';

/** Everything about messages beyond the simplest. */
export const messageScenarios: readonly Scenario[] = [
  ...richTextScenarios,
  ...stateScenarios,
  ...threadScenarios,
  ...fileScenarios,
  ...commandScenarios,
];
