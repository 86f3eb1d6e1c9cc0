import { describe, expect, it } from 'vitest';
import { findFaults, normaliseServerName, type SetupDraft } from './setup-answers.ts';

const good: SetupDraft = {
  workspaceName: 'North',
  kind: 'organisation',
  serverName: 'chat.example.org',
  username: 'ada',
  password: 'long enough',
};

describe('the answers of the set-up', () => {
  it('takes good ones', () => {
    expect(findFaults(good)).toEqual({});
    expect(findFaults({ ...good, serverName: 'https://Chat.Example.org/' })).toEqual({});
  });

  it('says what is wrong at the field where it is', () => {
    const faults = findFaults({
      workspaceName: ' ',
      kind: 'organisation',
      serverName: 'no spaces',
      username: 'Ada!',
      password: 'x',
    });
    expect(Object.keys(faults).sort()).toEqual(['password', 'server_name', 'username', 'workspace_name']);
    for (const serverName of [
      '',
      'localhost',
      '-a.org',
      'a..org',
      'a.org:',
      'ä.org',
      `${'a'.repeat(300)}.org`,
    ])
      expect(findFaults({ ...good, serverName }).server_name).toBeDefined();
  });

  it('asks no server name of a trial', () => {
    expect(findFaults({ ...good, kind: 'trial', serverName: '' })).toEqual({});
  });

  it('writes a server name as it will be known', () => {
    expect(normaliseServerName(' HTTPS://Chat.Example.org/path ')).toBe('chat.example.org');
  });
});
