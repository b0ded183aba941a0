/** Something that will happen; `run` is taken away when it is called off. */
export interface Appointment {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** What will happen, earliest first; of equal times, what was arranged first. A binary heap. */
export class Agenda {
  readonly #heap: Appointment[] = [];
  #arranged = 0;

  get length(): number {
    return this.#heap.length;
  }

  add(at: number, run: () => void): Appointment {
    const appointment = { at, order: this.#arranged++, run };
    this.#heap.push(appointment);
    this.#rise(this.#heap.length - 1);
    return appointment;
  }

  /** The next one that was not called off. */
  take(): Appointment | undefined {
    for (;;) {
      const first = this.#heap[0];
      const last = this.#heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (this.#heap.length > 0) {
        this.#heap[0] = last;
        this.#sink();
      }
      if (first.run !== undefined) return first;
    }
  }

  #rise(at: number): void {
    const heap = this.#heap;
    for (let child = at; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!isBefore(heap[child]!, heap[parent]!)) return;
      [heap[child], heap[parent]] = [heap[parent]!, heap[child]!];
      child = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let parent = 0; ;) {
      let least = 2 * parent + 1;
      if (least >= heap.length) return;
      if (least + 1 < heap.length && isBefore(heap[least + 1]!, heap[least]!)) least++;
      if (!isBefore(heap[least]!, heap[parent]!)) return;
      [heap[least], heap[parent]] = [heap[parent]!, heap[least]!];
      parent = least;
    }
  }
}

function isBefore(a: Appointment, b: Appointment): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
