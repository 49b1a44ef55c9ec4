const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Reports on stderr the current step and the remaining time. */
export class Progress {
  #plannedSeconds = 0;
  #endsAtMs = performance.now();

  /** @param {number} seconds the expected total duration */
  constructor(seconds) {
    this.#plannedSeconds = seconds;
    this.#endsAtMs = performance.now() + seconds * 1000;
  }

  get planned() {
    return clock(this.#plannedSeconds);
  }

  begin(what) {
    const remainingSeconds = Math.max(0, (this.#endsAtMs - performance.now()) / 1000);
    process.stderr.write(`[${clock(remainingSeconds).padStart(5)} left] ${what} ... `);
  }

  end(outcome) {
    process.stderr.write(`${outcome}\n`);
  }

  /** Reports work that is not measured, such as seeding. */
  async during(what, work) {
    const startedAtMs = performance.now();
    this.begin(what);
    const result = await work();
    this.end(`${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
    return result;
  }
}
