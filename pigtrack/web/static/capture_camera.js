// The live picture: the rear camera at its best, the first photograph as a ghost over it, the card's old place, a level.

const LARGEST = { width: { ideal: 4096 }, height: { ideal: 3072 } };
const REAR = [{ facingMode: { exact: "environment" } }, { facingMode: { ideal: "environment" } }];
const HELD = ["exposureMode", "focusMode", "whiteBalanceMode"];
const RESTS_MS = 5 * 60 * 1000; // untouched for so long, the screen may go dark
const TOLD = ["width", "height", "exposureMode", "exposureTime", "iso", "focusMode", "focusDistance", "whiteBalanceMode", "colorTemperature", "torch", "zoom"];
const LEVEL_DEG = 2;
const LASTS_MS = 3000;

const at = id => document.getElementById(id);

const WHY = {
  NotAllowedError: "The camera may not be used by this page. Allow it in the browser’s settings, or choose photographs below.",
  NotFoundError: "This device has no camera. Choose photographs below.",
  NotReadableError: "Another program uses the camera. Close it and try again, or choose photographs below.",
  OverconstrainedError: "The camera can’t be used as asked. Choose photographs below.",
};

export class Camera {
  constructor(course) {
    Object.assign(this, { course, video: at("video"), track: null, locked: false });
    this.strength = at("strength");
    this.strength.addEventListener("input", () => this.fade());
    at("torch").addEventListener("click", () => this.toggleTorch());
    at("lock").addEventListener("click", () => this.toggleLock());
    at("other").addEventListener("click", () => this.changeCamera());
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => this.touch(), { passive: true });
    document.addEventListener("visibilitychange", () => this.keepAwake());
    this.fade();
  }

  get isLive() { return Boolean(this.track) && this.track.readyState === "live" && this.video.videoWidth > 0; }

  // Somebody is there. Untouched for long, the page looks at nothing more, and the screen may go dark.
  touch() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(true), RESTS_MS);
    if (this.isResting) this.rest(false);
  }

  rest(isResting) {
    this.isResting = isResting;
    this.keepAwake();
    if (this.onRest) this.onRest(isResting);
  }

  // The screen stays on while somebody frames; some browsers can't, and refuse on a weak battery.
  async keepAwake() {
    if (!navigator.wakeLock) return;
    const wanted = this.isLive && !this.isResting && !document.hidden;
    if (wanted && (!this.awake || this.awake.released)) this.awake = await navigator.wakeLock.request("screen").catch(() => null);
    else if (!wanted && this.awake) { this.awake.release(); this.awake = null; }
  }

  get offered() { return Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia); }

  off(said) {
    at("off-said").textContent = said;
    at("off").hidden = false;
    at("controls").hidden = true;
    this.video.hidden = true;
    at("hint").hidden = true;
  }

  async start() {
    if (!this.offered) {
      at("start").hidden = true;
      this.off(isSecureContext ? "This browser offers no camera. Choose photographs below." : "The camera needs a secure connection (https). Choose photographs below, or ask for the clinic’s secure address.");
      return false;
    }
    try {
      this.stream = await this.open();
    } catch (fault) {
      this.off(WHY[fault.name] || "The camera can’t be used. Choose photographs below.");
      return false;
    }
    [this.track] = this.stream.getVideoTracks();
    this.track.addEventListener("ended", () => this.again());
    this.since = Date.now();
    this.video.srcObject = this.stream;
    await this.video.play().catch(() => {});
    this.video.onresize = () => this.shape();
    this.shape();
    this.video.hidden = false;
    at("off").hidden = true;
    at("controls").hidden = false;
    this.offer();
    this.watchLevel();
    this.touch();
    this.keepAwake();
    at("viewfinder").scrollIntoView({ block: "start", behavior: "instant" });
    if (this.onStart) this.onStart();
    return true;
  }

  // The rear camera, or the one that was chosen; any other only where there is none.
  async open() {
    const wanted = this.chosen ? [{ deviceId: { exact: this.chosen } }] : [...REAR];
    for (;;) {
      const video = { ...wanted.shift(), ...LARGEST };
      try {
        return await navigator.mediaDevices.getUserMedia({ audio: false, video });
      } catch (fault) {
        if (!wanted.length || !["OverconstrainedError", "NotFoundError"].includes(fault.name)) throw fault;
      }
    }
  }

  async cameras() {
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    return all.filter(each => each.kind === "videoinput" && each.deviceId);
  }

  async changeCamera() {
    const all = await this.cameras();
    const now = all.findIndex(each => each.deviceId === this.track.getSettings().deviceId);
    const before = this.track;
    this.chosen = all[(now + 1) % all.length].deviceId;
    this.track = null;
    before.stop(); // many devices run one camera at a time
    await this.start();
  }

  // Another program took the camera, or the screen was locked: once more by itself, unless it goes off at once.
  async again() {
    if (!this.track) return; // it is being changed for another
    if (Date.now() - this.since < LASTS_MS) this.off("The camera went off. Start it again.");
    else await this.start();
  }

  shape() {
    const { videoWidth: width, videoHeight: height } = this.video;
    at("viewfinder").classList.toggle("tall", height > width);
  }

  capabilities() { return this.track && this.track.getCapabilities ? this.track.getCapabilities() : {}; }

  offer() {
    const can = this.capabilities();
    this.locked = false;
    for (const each of ["torch", "lock"]) at(each).setAttribute("aria-pressed", "false");
    at("torch").hidden = !can.torch;
    at("lock").hidden = !HELD.some(each => (can[each] || []).includes("manual"));
    at("front").hidden = (this.track.getSettings ? this.track.getSettings() : {}).facingMode !== "user";
    this.cameras().then(all => { at("other").hidden = all.length < 2; });
    this.measure();
  }

  // How large its photograph will be, which may be larger than the live picture.
  async measure() {
    const { width = 0, height = 0 } = this.track.getSettings ? this.track.getSettings() : {};
    this.longest = Math.max(width, height) || null;
    if (!("ImageCapture" in window)) return;
    const can = await new ImageCapture(this.track).getPhotoCapabilities().catch(() => null);
    if (can) this.longest = Math.max(this.longest || 0, can.imageWidth?.max || 0, can.imageHeight?.max || 0) || null;
  }

  async ask(wanted) {
    try { await this.track.applyConstraints({ advanced: [wanted] }); return true; } catch { return false; }
  }

  async toggleTorch() {
    const on = at("torch").getAttribute("aria-pressed") !== "true";
    if (await this.ask({ torch: on })) at("torch").setAttribute("aria-pressed", String(on));
  }

  async toggleLock() {
    const can = this.capabilities();
    const how = this.locked ? "continuous" : "manual";
    const wanted = {};
    for (const each of HELD) if ((can[each] || []).includes(how)) wanted[each] = how;
    if (await this.ask(wanted)) {
      this.locked = !this.locked;
      at("lock").setAttribute("aria-pressed", String(this.locked));
    }
  }

  fade() {
    at("ghost").style.opacity = this.strength.value / 100;
    at("strength-said").textContent = `${this.strength.value} %`;
  }

  // Where the card stood; the first answer takes some seconds, and the camera works meanwhile.
  async guide() {
    let told = null;
    try {
      const answer = await fetch(`/courses/${this.course}/capture/guide`, { headers: { Accept: "application/json" } });
      if (answer.ok) told = (await answer.json()).guide;
    } catch { /* without a connection there is no ghost */ }
    if (!told) return;
    const ghost = at("ghost");
    ghost.src = `/courses/${this.course}/capture/ghost.jpg`;
    await ghost.decode().catch(() => {});
    ghost.hidden = at("ghost-slide").hidden = false;
    this.drawCard(told);
    this.say(told.card.length ? "Lay the picture over its ghost; the card belongs into the dashed frame." : "Lay the picture over its ghost.");
  }

  drawCard({ width, height, card }) {
    if (!card.length) return;
    const guides = at("guides");
    guides.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const outline = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
    outline.setAttribute("points", card.map(([x, y]) => `${x * width},${y * height}`).join(" "));
    guides.replaceChildren(outline);
    guides.removeAttribute("hidden");
  }

  say(words) {
    this.hint = words;
    if (this.live) return;
    at("framing").textContent = words;
    this.showHint(words, false);
  }

  // What the live picture needs, in place of what is always true; null: nobody looks at it.
  hintLive(words, fine) {
    this.live = words;
    this.showHint(words || this.hint, fine);
  }

  showHint(words, fine) {
    at("hint").textContent = words || "";
    at("hint").hidden = !words || this.video.hidden;
    at("hint").classList.toggle("fine", fine);
    at("viewfinder").classList.toggle("fine", fine);
  }

  async watchLevel() {
    if (this.levelled || !("DeviceOrientationEvent" in window)) return;
    this.levelled = true;
    if (DeviceOrientationEvent.requestPermission) {
      const answer = await DeviceOrientationEvent.requestPermission().catch(() => "denied");
      if (answer !== "granted") return;
    }
    addEventListener("deviceorientation", event => this.showLevel(event));
  }

  // How far the picture leans to a side: where down is, as the screen sees it, unless the camera looks up or down.
  showLevel({ beta, gamma }) {
    if (beta === null || gamma === null) return;
    const radians = degrees => degrees * Math.PI / 180;
    const x = Math.sin(radians(gamma)) * Math.cos(radians(beta));
    const y = Math.sin(radians(beta));
    const level = at("level");
    const flat = Math.hypot(x, y) < 0.35;
    level.hidden = flat;
    const turned = (screen.orientation && screen.orientation.angle) || 0;
    const roll = ((Math.atan2(x, y) * 180 / Math.PI + turned + 540) % 360) - 180;
    this.pose = { pitch: beta.toFixed(0), roll: roll.toFixed(0) };
    if (flat) return;
    at("horizon").style.transform = `rotate(${(-roll).toFixed(1)}deg)`;
    level.classList.toggle("true", Math.abs(roll) < LEVEL_DEG);
  }

  facts(way, taken) {
    const settings = this.track && this.track.getSettings ? this.track.getSettings() : {};
    const told = { way, taken, ...(this.pose || {}) };
    for (const each of TOLD) if (settings[each] !== undefined) told[each] = String(settings[each]);
    return told;
  }

  // The camera's own photograph where it gives one; else the live picture as it stands.
  async shoot() {
    if ("ImageCapture" in window) {
      try {
        const blob = await new ImageCapture(this.track).takePhoto();
        if (blob && blob.size && await this.isAsLarge(blob)) return { blob, capture: this.facts("camera", "photograph") };
      } catch { /* some phones refuse now and then: the live picture serves */ }
    }
    const canvas = document.createElement("canvas");
    canvas.width = this.video.videoWidth;
    canvas.height = this.video.videoHeight;
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    const blob = await new Promise(done => canvas.toBlob(done, "image/jpeg", 0.95));
    return { blob, capture: this.facts("camera", "frame") };
  }

  // Some browsers give a photograph smaller than the live picture.
  async isAsLarge(blob) {
    try {
      const picture = await createImageBitmap(blob);
      const enough = picture.width * picture.height >= this.video.videoWidth * this.video.videoHeight;
      picture.close();
      return enough;
    } catch {
      return false;
    }
  }
}
