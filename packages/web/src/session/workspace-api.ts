import { request, text } from './matrix-request.ts';

export type WorkspaceInfo = {
  readonly state: 'setup' | 'ready';
  readonly name: string;
  readonly serverName: string;
  readonly trial: boolean;
  readonly federation: boolean;
};

export type Me = {
  readonly userId: string;
  readonly role: 'admin' | 'user';
  readonly permissions: readonly string[];
};

export async function fetchWorkspace(): Promise<WorkspaceInfo> {
  const body = await request('/_causeway/workspace');
  return {
    state: body.state === 'setup' ? 'setup' : 'ready',
    name: text(body.name) ?? 'Causeway',
    serverName: text(body.server_name) ?? '',
    trial: body.trial === true,
    federation: body.federation === true,
  };
}

export async function fetchMe(accessToken: string): Promise<Me> {
  const body = await request('/_causeway/me', { accessToken });
  return {
    userId: text(body.user_id) ?? '',
    role: body.role === 'admin' ? 'admin' : 'user',
    permissions: Array.isArray(body.permissions)
      ? body.permissions.filter((entry): entry is string => typeof entry === 'string')
      : [],
  };
}

export type SetupLink = { readonly suggestedServerName: string; readonly serverNameFixed: boolean };

export async function checkSetupLink(token: string): Promise<SetupLink> {
  const body = await request(`/_causeway/setup?token=${encodeURIComponent(token)}`);
  return {
    suggestedServerName: text(body.suggested_server_name) ?? '',
    serverNameFixed: body.server_name_fixed === true,
  };
}

export type SetupAnswers = {
  readonly token: string;
  readonly workspaceName: string;
  /** Left out for a trial. */
  readonly serverName: string | undefined;
  readonly admin: { readonly username: string; readonly password: string };
};

export async function completeSetup(answers: SetupAnswers): Promise<void> {
  await request('/_causeway/setup', {
    method: 'POST',
    body: {
      token: answers.token,
      workspace_name: answers.workspaceName,
      server_name: answers.serverName,
      admin: answers.admin,
    },
  });
}
