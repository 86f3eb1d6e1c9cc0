import type { SetupRequest, SetupResult, SetupTokenVerdict, Standing } from '@causeway/workspace';
import { Answer } from '../route.ts';

/** What the workspace endpoints ask of the process that runs the workspace. */
export interface WorkspaceApi {
  info(): Promise<WorkspaceInfo>;
  /** What the set-up page needs to know; undefined when the link's token is not valid. */
  setupPage(token: string): Promise<SetupPage | Exclude<SetupTokenVerdict, 'right'>>;
  completeSetup(request: SetupRequest): Promise<SetupResult>;
  /** Who bears this access token; undefined when nobody does. */
  standing(accessToken: string): Promise<Standing | undefined>;
}

export type WorkspaceInfo = {
  /** `setup`: nobody can sign in yet. */
  readonly state: 'setup' | 'ready';
  readonly name: string;
  /** Empty until it was chosen. */
  readonly serverName: string;
  /** A trial can never reach other organisations. */
  readonly trial: boolean;
  readonly federation: boolean;
};

export type SetupPage = {
  readonly suggestedServerName: string;
  /** The name stands in the configuration and cannot be chosen any more. */
  readonly serverNameFixed: boolean;
};

/** An answer that nobody may keep: it changes with set-up and with permissions. */
export const fresh = (body: object): Answer => new Answer(200, body, { 'cache-control': 'no-store' });
