// Whether figures are of now, by this machine's own count of time since they came.

const POLLS = 3;

const WORDS = {
  live: "live",
  stale: "stale: no new reading",
  offline: "the meters do not answer",
  waiting: "waiting for the first reading",
  lost: "connection to the server lost",
};

export class Freshness {
  constructor(show) {
    this.show = show;
    this.reading = null; // when the last reading came
    this.interval = 0;
    this.answering = null;
    this.lost = false;
    setInterval(() => this.look(), 500);
  }

  take(values, whole) {
    this.lost = false;
    if ("interval" in values) this.interval = values.interval ?? 0;
    if ("answering" in values) this.answering = values.answering;
    if ("time" in values && values.time) {
      const age = whole ? Math.max(0, values.age ?? 0) * 1000 : 0;
      this.reading = performance.now() - age;
    }
    this.look();
  }

  look() {
    this.show(this.state);
  }

  get state() {
    if (this.lost) return "lost";
    if (this.answering === false) return "offline";
    if (this.reading === null) return "waiting";
    const limit = POLLS * this.interval * 1000 + 1000;
    return performance.now() - this.reading > limit ? "stale" : "live";
  }
}

export function words(state) {
  return WORDS[state];
}
