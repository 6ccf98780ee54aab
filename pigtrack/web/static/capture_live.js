// Live framing: a small picture a second at most goes to the clinic's own machine, which tells where the card stands in
// it and the one thing to mend. Photographs come first there; where nobody has time, ghost and level serve as they are.

const LONGEST_PX = 800;
const QUALITY = 0.6;
const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 8000;
const PATIENCE_MS = 8000;
const STALE_MS = 4500; // what was said of a picture so long ago is not true any more
const RELEASED = 0.7; // of its limit, below which a hint that stands is let go
const SPOKEN_MS = 3000;
const FINE = "fine";
const CARD = "card";
const AS_THEN = "As at the baseline: press.";
const ALONE = "Card flat, near enough and well lit: press.";
const UNSIZED = "Card flat and well lit: press.";

const at = id => document.getElementById(id);

// One hint at a time. It stays until it is mended, or something that matters more was seen twice in a row; that all is
// fine, or the card gone, is believed at the second time, too.
export class Choice {
  constructor() { this.clear(); }

  clear() { this.kind = null; this.rival = null; }

  // Returns the hint to show; null: nothing is to be mended; undefined: not sure yet, leave what is shown.
  of(hints) {
    const off = hints.filter(each => each.size > (each.kind === this.kind ? RELEASED : 1));
    const first = off[0] || null;
    const kind = first ? first.kind : FINE;
    const own = off.find(each => each.kind === this.kind);
    const isMended = !own && this.kind !== null && kind !== FINE && kind !== CARD;
    if (this.kind === null || isMended || kind === this.kind || kind === this.rival) {
      this.kind = kind;
      this.rival = null;
      return first;
    }
    this.rival = kind;
    return own;
  }
}

export class Live {
  // isFree tells whether now is the time: no photograph is being taken or sent.
  constructor(camera, course, token, isFree) {
    Object.assign(this, { camera, course, token, isFree, pause: PAUSE_MS, timer: null, on: false, spoken: 0 });
    this.choice = new Choice();
    this.canvas = document.createElement("canvas");
    document.addEventListener("visibilitychange", () => this.later(0));
  }

  start() { this.on = true; this.pause = PAUSE_MS; this.later(0); }

  stop() { this.on = false; clearTimeout(this.timer); this.forget(); }

  later(wait = this.pause) {
    clearTimeout(this.timer);
    if (this.on && !document.hidden && !this.looking) this.timer = setTimeout(() => this.look(), wait);
  }

  async look() {
    this.looking = true;
    try {
      if (this.isFree() && this.camera.isLive) this.take(await this.ask(await this.frame()));
      else this.fade();
    } catch {
      this.wait(); // the line is broken: photographs wait, too
    } finally {
      this.looking = false;
      this.later();
    }
  }

  async frame() {
    const { videoWidth: width, videoHeight: height } = this.camera.video;
    const scale = Math.min(1, LONGEST_PX / Math.max(width, height));
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.canvas.getContext("2d").drawImage(this.camera.video, 0, 0, this.canvas.width, this.canvas.height);
    return new Promise(done => this.canvas.toBlob(done, "image/jpeg", QUALITY));
  }

  async ask(body) {
    const headers = { "X-Form-Token": this.token, "Content-Type": "image/jpeg", Accept: "application/json" };
    const width = this.camera.longest ? `?width=${this.camera.longest}` : "";
    const signal = AbortSignal.timeout ? AbortSignal.timeout(PATIENCE_MS) : undefined;
    const answer = await fetch(`/api/courses/${this.course}/glance${width}`, { method: "POST", headers, body, signal });
    if ([401, 403, 404].includes(answer.status)) this.on = false; // signed out; the queue says so
    return answer.ok ? (await answer.json()).seen : null;
  }

  take(seen) {
    if (!seen || !this.on) { this.wait(); return; }
    this.pause = PAUSE_MS;
    this.seenAt = Date.now();
    const hint = this.choice.of(seen.hints);
    if (hint === undefined) return;
    const fine = hint === null && seen.card.length > 0;
    this.outline(seen.card, fine);
    this.say(fine ? this.praise(seen) : hint.said, fine);
  }

  praise(seen) {
    if (seen.compared) return AS_THEN;
    return seen.hints.some(each => each.kind === "distance") ? ALONE : UNSIZED;
  }

  wait() {
    this.pause = Math.min(2 * this.pause, LONGEST_PAUSE_MS);
    this.fade();
  }

  fade() {
    if (this.seenAt && Date.now() - this.seenAt > STALE_MS) this.forget();
  }

  forget() {
    this.seenAt = 0;
    this.choice.clear();
    this.outline([], false);
    this.camera.hintLive(null, false);
  }

  say(words, fine) {
    this.camera.hintLive(words, fine);
    if (words === this.told || Date.now() - this.spoken < SPOKEN_MS) return;
    this.told = words;
    this.spoken = Date.now();
    at("framing").textContent = words;
  }

  outline(card, fine) {
    const seen = at("seen");
    seen.toggleAttribute("hidden", card.length === 0);
    seen.setAttribute("viewBox", `0 0 ${this.canvas.width || 1} ${this.canvas.height || 1}`);
    seen.classList.toggle("fine", fine);
    seen.firstElementChild.setAttribute("points", card.map(([x, y]) => `${x * this.canvas.width},${y * this.canvas.height}`).join(" "));
  }
}
