/** One writer per room: work of one room runs in order, rooms run beside each other. */
export class RoomQueue {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs `work` after everything that was queued for this room before it. */
  run<R>(roomId: string, work: () => Promise<R>): Promise<R> {
    const tail = this.#tails.get(roomId) ?? Promise.resolve();
    const result = tail.then(work, work);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    this.#tails.set(roomId, settled);
    void settled.then(() => {
      if (this.#tails.get(roomId) === settled) this.#tails.delete(roomId);
    });
    return result;
  }

  /** When nothing is queued any more. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}
