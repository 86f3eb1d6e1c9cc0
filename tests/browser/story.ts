/** Who takes part, and what one scenario is. */

import type { Browser } from 'playwright-core';
import type { BehaviourId } from '../capabilities/catalogue.ts';
import type { Person } from './browser.ts';
import type { Demo } from './workspaces.ts';

export type Story = {
  readonly browser: Browser;
  readonly demo: Demo;
  /** Signed in at the first workspace. */
  ada: Person;
  /** Signed in at the second workspace. */
  bob: Person;
  /** A colleague of the second. */
  linus: Person;
};

export type Scenario = {
  readonly name: string;
  /** What it shows of docs/capabilities.md; with the other side's view, where there is another side. */
  readonly shows?: readonly BehaviourId[];
  /** How long it may take, in milliseconds, when that is longer than usual. */
  readonly limitMs?: number;
  readonly run: (story: Story) => Promise<void>;
};

/** What several scenarios need is made by the first of them, in each set of workspaces. */
export function madeOnce<T>(make: (story: Story) => Promise<T>): (story: Story) => Promise<T> {
  const made = new WeakMap<Story, Promise<T>>();
  return (story) => {
    const there = made.get(story) ?? make(story);
    made.set(story, there);
    return there;
  };
}
