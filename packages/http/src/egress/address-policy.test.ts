import { describe, expect, it } from 'vitest';
import { createAddressPolicy } from './address-policy.ts';

const strict = createAddressPolicy({ allowPrivate: false });
const open = createAddressPolicy({ allowPrivate: true });

/** Spellings of addresses that a server name or a DNS answer can bring. */
export const PRIVATE = [
  '127.0.0.1',
  '127.255.255.254',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '100.100.100.200',
  '::1',
  '0:0:0:0:0:0:0:1',
  'fc00::1',
  'fd12:3456:789a::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:7f00:0001',
  '::FFFF:10.0.0.1',
  '::ffff:192.168.0.1',
  '::127.0.0.1',
  '::7f00:1',
  '::ffff:0:127.0.0.1',
  '::ffff:0:a00:1',
  '64:ff9b::7f00:1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::a00:1',
];
export const NEVER = [
  '0.0.0.0',
  '0.1.2.3',
  '169.254.169.254',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '168.63.129.16',
  '192.0.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.9',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::ffff:0.0.0.0',
  'fe80::1',
  'fec0::1',
  'ff02::1',
  '100::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:a00:1::1',
  '2002:808:808::1',
  '2001:0:7f00:1::1',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  '64:ff9b:1::7f00:1',
  '2001:470:1::200:5efe:7f00:1',
  '2607:f8b0::5efe:10.0.0.1',
  '4000::1',
];
const PUBLIC = [
  '8.8.8.8',
  '1.1.1.1',
  '172.32.0.1',
  '100.128.0.1',
  '192.167.255.255',
  '2001:4860:4860::8888',
  '2a01:4f8::1',
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
];
const NOT_ADDRESSES = ['', 'localhost', '127.1.', 'example.org', '[::1]', '::ffff:999.0.0.1', '1.2.3.4/8'];

describe('the address policy', () => {
  it.each(PRIVATE)('refuses the private address %s unless private ones are allowed', (address) => {
    expect(strict(address).kind).toBe('refused');
    expect(open(address).kind).toBe('allowed');
  });
  it.each(NEVER)('always refuses %s', (address) => {
    expect(strict(address).kind).toBe('refused');
    expect(open(address).kind).toBe('refused');
  });
  it.each(PUBLIC)('allows the public address %s', (address) => {
    expect(strict(address)).toEqual({ kind: 'allowed' });
  });
  it.each(NOT_ADDRESSES)('refuses what is not an address: %j', (text) => {
    expect(open(text).kind).toBe('refused');
  });
});
