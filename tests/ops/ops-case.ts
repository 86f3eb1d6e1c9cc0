export type OpsCase = {
  readonly name: string;
  /** How long it may take, in milliseconds, when that is longer than usual. */
  readonly limitMs?: number;
  /** Throws what is wrong; returns what is worth telling, or nothing. */
  readonly run: () => Promise<string | LeftOut>;
};

/** A program that this machine does not have. */
export class LeftOut {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}
