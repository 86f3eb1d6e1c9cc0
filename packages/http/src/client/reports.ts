/** What the client API asks the host about reports: it keeps them for the admins. */
import type { UserId } from '@causeway/protocol';

export type NewReport = {
  readonly reporter: UserId;
  readonly about:
    | { readonly kind: 'event'; readonly roomId: string; readonly eventId: string; readonly userId: UserId }
    | { readonly kind: 'room'; readonly roomId: string }
    | { readonly kind: 'user'; readonly userId: UserId };
  readonly reason: string;
  /** Where the request came from. */
  readonly address?: string;
};

export interface Reports {
  /** Refuses with M_LIMIT_EXCEEDED who reports without end. */
  add(report: NewReport): Promise<void>;
}
