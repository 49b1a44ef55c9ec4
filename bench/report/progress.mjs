const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Says on stderr what is going on and how long it may still take. */
export class Progress {
  #planned = 0;
  #until = performance.now();

  /** @param {number} seconds how long all of it is expected to take */
  constructor(seconds) {
    this.#planned = seconds;
    this.#until = performance.now() + seconds * 1000;
  }

  get planned() {
    return clock(this.#planned);
  }

  begin(what) {
    const left = Math.max(0, (this.#until - performance.now()) / 1000);
    process.stderr.write(`[${clock(left).padStart(5)} left] ${what} ... `);
  }

  end(outcome) {
    process.stderr.write(`${outcome}\n`);
  }

  /** For what is not measured, such as seeding. */
  async during(what, work) {
    const began = performance.now();
    this.begin(what);
    const result = await work();
    this.end(`${((performance.now() - began) / 1000).toFixed(1)} s`);
    return result;
  }
}
