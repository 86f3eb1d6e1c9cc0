/** A binary heap that gives the smallest member first. */
export class MinHeap<Member> {
  readonly #members: Member[] = [];
  readonly #compare: (a: Member, b: Member) => number;

  constructor(compare: (a: Member, b: Member) => number) {
    this.#compare = compare;
  }

  push(member: Member): void {
    const members = this.#members;
    let at = members.length;
    members.push(member);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = members[above];
      if (parent === undefined || this.#compare(member, parent) >= 0) break;
      members[at] = parent;
      at = above;
    }
    members[at] = member;
  }

  pop(): Member | undefined {
    const members = this.#members;
    const smallest = members[0];
    const last = members.pop();
    if (last !== undefined && members.length > 0) this.#sink(last);
    return smallest;
  }

  /** Puts a member into the empty place at the top and lets it sink to where it belongs. */
  #sink(member: Member): void {
    const members = this.#members;
    let at = 0;
    for (;;) {
      const [left, right] = [members[2 * at + 1], members[2 * at + 2]];
      if (left === undefined) break;
      const goesRight = right !== undefined && this.#compare(right, left) < 0;
      const child = goesRight ? right : left;
      if (this.#compare(child, member) >= 0) break;
      members[at] = child;
      at = 2 * at + (goesRight ? 2 : 1);
    }
    members[at] = member;
  }
}
