import type { JsonObject } from '../session/matrix-request.ts';

export type SendState =
  | { readonly state: 'sent' }
  | { readonly state: 'sending' }
  | { readonly state: 'failed'; readonly reason: string };

/** An event as the timeline needs it, whoever keeps the original. */
export type TimelineEvent = {
  /** Stays the same while a message goes from sending to sent. */
  readonly key: string;
  readonly id: string;
  readonly type: string;
  readonly sender: string;
  readonly ts: number;
  readonly content: JsonObject;
  readonly previousContent: JsonObject;
  readonly stateKey: string | undefined;
  /** Who deleted it. */
  readonly redactedBy: string | undefined;
  /** Its author's account was erased: our server gives it to us without content. */
  readonly erased: boolean;
  readonly send: SendState;
  /** The root of the thread it belongs to; remembered when it is deleted while it is known. */
  readonly threadRoot: string | undefined;
  /** What the server said about the thread that begins with it, when it sent the event. */
  readonly bundledThread: BundledThread | undefined;
};

export type BundledThread = {
  readonly count: number;
  readonly latest: { readonly id: string; readonly sender: string; readonly ts: number } | undefined;
};
