// @ts-check
// What calls a person to an open page of alarms: a count in the tab's title, and, where that was
// chosen in this browser, a sound and a notification.

/** Alarms that nobody has acknowledged: which of them are new. */
export class Unseen {
  constructor() {
    /** @type {Set<string> | null} nothing is new in what a page is opened with */
    this.known = null;
  }

  /** Nothing is new in what another filter shows. */
  forget() {
    this.known = null;
  }

  /**
   * @param {string[]} now
   * @returns {string[]} those that are new
   */
  take(now) {
    const before = this.known;
    this.known = new Set(now);
    return before ? now.filter((key) => !before.has(key)) : [];
  }
}

/**
 * @param {string} title without a count
 * @param {number} count
 */
export function counting(title, count) {
  return count ? `(${count}) ${title}` : title;
}

/** Two short tones; browsers let a page sound once somebody has clicked in it. */
export function beep() {
  const audio = new AudioContext();
  const gain = audio.createGain();
  gain.gain.value = 0.2;
  gain.connect(audio.destination);
  for (const [at, hertz] of [[0, 880], [0.25, 660]]) {
    const tone = audio.createOscillator();
    tone.frequency.value = hertz;
    tone.connect(gain);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.2);
  }
  setTimeout(() => audio.close(), 1000);
}

/**
 * A box whose mark this browser remembers.
 * @param {HTMLInputElement} box
 */
export function remembered(box) {
  try {
    box.checked = localStorage.getItem(box.id) === "yes";
    box.addEventListener("change", () => localStorage.setItem(box.id, box.checked ? "yes" : "no"));
  } catch {
    /* private window */
  }
}
