export { ADVICE } from './advice.ts';
export type { FederationCheckParts, RunningParts } from './check-federation.ts';
export { CHECK_STEPS, type CheckStatus, type CheckStep, type CheckStepId, verdictOf } from './check-step.ts';
export { FINDINGS } from './findings.ts';
export { createFederationChecker, type FederationChecker } from './federation-checker.ts';
export { createKeyRequests, type KeyRequests } from './key-requests.ts';
export { STEP_TITLES } from './titles.ts';
