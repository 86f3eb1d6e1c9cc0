/** Numbers, largest first. */
export class MaxHeap {
  readonly #items: number[] = [];

  push(value: number): void {
    const items = this.#items;
    let index = items.push(value) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = items[parent] ?? 0;
      if (above >= value) break;
      items[index] = above;
      index = parent;
    }
    items[index] = value;
  }

  pop(): number | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const leftValue = items[left];
      if (leftValue === undefined) break;
      const rightValue = items[left + 1];
      const child = rightValue !== undefined && rightValue > leftValue ? left + 1 : left;
      const childValue = items[child] ?? 0;
      if (childValue <= last) break;
      items[index] = childValue;
      index = child;
    }
    items[index] = last;
    return top;
  }
}
