/** What was sent and what was acknowledged: the truth that the servers are held to. */

export type Message = {
  readonly body: string;
  readonly txnId: string;
  readonly sender: string;
  /** Set when a client API said that the event exists. */
  eventId: string | undefined;
};

export class Ledger {
  readonly #byBody = new Map<string, Message>();
  readonly #faults: string[] = [];
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get size(): number {
    return this.#byBody.size;
  }

  /** A new message with a body and a transaction ID that no other has. */
  write(sender: string): Message {
    const number = this.#byBody.size + 1;
    const txnId = `${this.#prefix}-${number}`;
    // From a word to a paragraph.
    const body = `${txnId} ${'and so on '.repeat((number * 7) % 40)}`.trim();
    const message: Message = { body, txnId, sender, eventId: undefined };
    this.#byBody.set(body, message);
    return message;
  }

  acknowledge(message: Message, eventId: string): void {
    if (message.eventId !== undefined && message.eventId !== eventId) {
      this.fault(`transaction ${message.txnId} made two events: ${message.eventId} and ${eventId}`);
    }
    message.eventId ??= eventId;
  }

  find(body: string): Message | undefined {
    return this.#byBody.get(body);
  }

  acknowledged(): readonly Message[] {
    return [...this.#byBody.values()].filter((message) => message.eventId !== undefined);
  }

  unacknowledged(): readonly Message[] {
    return [...this.#byBody.values()].filter((message) => message.eventId === undefined);
  }

  fault(text: string): void {
    this.#faults.push(text);
  }

  /** Faults since the last call. */
  takeFaults(): readonly string[] {
    return this.#faults.splice(0);
  }
}
