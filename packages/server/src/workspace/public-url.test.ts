import { parseServerName, type ServerName } from '@causeway/protocol';
import { describe, expect, it } from 'vitest';
import { federationAddressOf, publicUrlOf } from './public-url.ts';

const name = (text: string): ServerName => {
  const parsed = parseServerName(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};

const plain = { publicUrl: undefined, httpPort: 8008, bind: '127.0.0.1' };
const tls = { certFile: 'cert', keyFile: 'key' };

describe('the public address', () => {
  it('is made from the server name, or this machine while there is none', () => {
    expect(publicUrlOf(plain, name('chat.example.org'), 8008)).toBe('https://chat.example.org');
    expect(publicUrlOf(plain, name('[2001:db8::1]:8448'), 8008)).toBe('https://[2001:db8::1]');
    expect(publicUrlOf(plain, undefined, 1234)).toBe('http://localhost:1234');
    expect(publicUrlOf(plain, name('localhost'), 1234)).toBe('http://localhost:1234');
    expect(publicUrlOf({ ...plain, bind: '192.0.2.7' }, undefined, 1234)).toBe('http://192.0.2.7:1234');
    expect(publicUrlOf({ ...plain, publicUrl: 'https://x.test' }, undefined, 1234)).toBe('https://x.test');
  });
});

describe('the address for other servers', () => {
  const at = (
    serverName: string,
    config: Parameters<typeof federationAddressOf>[0],
    url = 'https://chat.example.org',
  ) => federationAddressOf(config, name(serverName), url);

  it('is told only to those who would look elsewhere', () => {
    expect(at('example.org', { tls, federationPort: 8448 })).toBeUndefined();
    expect(at('example.org', { tls, federationPort: 443 })).toBe('example.org:443');
    expect(at('example.org', { tls: undefined, federationPort: 8448 })).toBe('chat.example.org:443');
    expect(at('example.org', { tls: undefined, federationPort: 8448 }, 'https://x.test:444')).toBe(
      'x.test:444',
    );
    expect(at('example.org', { tls: undefined, federationPort: 8448 }, 'http://x.test')).toBeUndefined();
    expect(at('example.org:8448', { tls, federationPort: 443 })).toBeUndefined();
    expect(at('localhost', { tls, federationPort: 443 })).toBeUndefined();
  });
});
