import { describe, expect, it } from 'vitest';
import {
  hueOf,
  isUserId,
  localpartOf,
  organisationInitials,
  organisationsOf,
  serverNameOf,
} from './organisation.ts';

describe('organisation names', () => {
  it('takes the server name after the first colon, port and all', () => {
    expect(serverNameOf('@ada:north.test:8448')).toBe('north.test:8448');
    expect(serverNameOf('no id')).toBe('');
    expect(localpartOf('@ada:north.test:8448')).toBe('ada');
  });

  it('abbreviates by the label that says whose server it is', () => {
    expect(organisationInitials('birch.org')).toBe('BI');
    expect(organisationInitials('chat.birch.org')).toBe('BI');
    expect(organisationInitials('matrix.org')).toBe('MA');
    expect(organisationInitials('localhost:8448')).toBe('LO');
    expect(organisationInitials('')).toBe('?');
  });

  it('gives a name the same hue each time, within the circle', () => {
    expect(hueOf('birch.org')).toBe(hueOf('birch.org'));
    expect(hueOf('birch.org')).not.toBe(hueOf('south.test'));
    for (const name of ['', 'a', 'ü', '😀']) expect(hueOf(name)).toBeLessThan(360);
  });

  it('lists the own organisation first and each other one once', () => {
    const people = ['@b:south.test', '@a:north.test', '@c:alder.test', '@d:south.test'];
    expect(organisationsOf(people, 'north.test')).toEqual(['north.test', 'alder.test', 'south.test']);
    expect(organisationsOf(['@b:south.test'], 'north.test')).toEqual(['south.test']);
  });

  it('knows a whole user ID from one that is still being typed', () => {
    expect(isUserId('@ada:north.test')).toBe(true);
    expect(isUserId('@ada:localhost:8448')).toBe(true);
    expect(isUserId('@ada:')).toBe(false);
    expect(isUserId('@ada:north.')).toBe(false);
    expect(isUserId('ada:north.test')).toBe(false);
    expect(isUserId('@a da:north.test')).toBe(false);
  });
});
