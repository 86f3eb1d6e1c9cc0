import { describe, expect, it } from 'vitest';
import { findAclFault, isAllowed, parsePatterns, readAcl, writeAcl } from './server-acl.ts';

describe('the list of servers that may take part', () => {
  it('lets everybody in while there is none', () => {
    expect(isAllowed(readAcl({}), 'anybody.org')).toBe(true);
  });

  it('is read and written alike', () => {
    const acl = { allow: ['*'], deny: ['*.evil.org'], allowIpLiterals: false };
    expect(readAcl(writeAcl(acl))).toEqual(acl);
  });

  it('denies before it allows, without regard to the port, by the whole name', () => {
    const acl = { allow: ['*'], deny: ['*.evil.org', 'b?d.org'], allowIpLiterals: true };
    expect(isAllowed(acl, 'chat.evil.org:8448')).toBe(false);
    expect(isAllowed(acl, 'bad.org')).toBe(false);
    expect(isAllowed(acl, 'evil.org')).toBe(true);
    expect(isAllowed(acl, 'notevil.org')).toBe(true);
    expect(isAllowed({ ...acl, allow: ['a.org'], deny: [] }, 'axorg')).toBe(false);
  });

  it('refuses what is not a pattern, and a list that shuts out the own server', () => {
    expect(parsePatterns(' a.org\n*.B.org, a.org')).toEqual(['a.org', '*.b.org']);
    expect(findAclFault({ allow: ['*'], deny: ['a/b'], allowIpLiterals: true }, 'me.org')).toEqual({
      kind: 'pattern',
      pattern: 'a/b',
    });
    expect(findAclFault({ allow: ['you.org'], deny: [], allowIpLiterals: true }, 'me.org')).toEqual({
      kind: 'locked-out',
    });
    expect(findAclFault({ allow: ['*'], deny: [], allowIpLiterals: true }, 'me.org')).toBeUndefined();
  });
});
