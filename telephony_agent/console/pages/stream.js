// Twilio's end of a media stream: its messages, as JSON with counters that are strings.

const FIRST_TIMESTAMP = 155; // ms; it is never 0 on a real call
const BEHIND = 64 * 1024; // bytes that may wait for a slow network; past that the caller's sound is dropped

export class Stream {
  /** `call`: callSid, accountSid and token. `told`: functions play, mark, clear, opened and closed. */
  constructor(url, call, told) {
    this.call = call;
    this.told = told;
    this.sid = "MZ" + hex(16);
    this.sequence = 0;
    this.chunk = 0;
    this.began = performance.now();
    this.socket = new WebSocket(url);
    this.socket.onopen = () => this.open();
    this.socket.onmessage = ({ data }) => this.receive(JSON.parse(data));
    this.socket.onclose = ({ code, reason }) => this.told.closed(this, code, reason);
  }

  open() {
    this.send({ event: "connected", protocol: "Call", version: "1.0.0" });
    const { callSid, accountSid, token } = this.call;
    const start = {
      accountSid,
      streamSid: this.sid,
      callSid,
      tracks: ["inbound"],
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
      customParameters: { token },
    };
    this.count({ event: "start", start });
    this.began = performance.now();
    this.told.opened(this);
  }

  /** 20 ms of the caller. */
  speak(frame) {
    if (this.socket.bufferedAmount > BEHIND) return;
    const timestamp = String(FIRST_TIMESTAMP + Math.round(performance.now() - this.began));
    const payload = btoa(String.fromCharCode(...frame));
    this.count({ event: "media", media: { track: "inbound", chunk: String(++this.chunk), timestamp, payload } });
  }

  press(digit) {
    this.count({ event: "dtmf", dtmf: { track: "inbound_track", digit } });
  }

  mark(name) {
    this.count({ event: "mark", mark: { name } });
  }

  /** The caller hangs up. */
  stop() {
    const { accountSid, callSid } = this.call;
    this.count({ event: "stop", stop: { accountSid, callSid } });
    this.socket.close();
  }

  receive(message) {
    if (message.streamSid !== this.sid) return;
    switch (message.event) {
      case "media":
        this.told.play(Uint8Array.from(atob(message.media.payload), (letter) => letter.charCodeAt(0)));
        break;
      case "mark":
        this.told.mark(message.mark.name);
        break;
      case "clear":
        this.told.clear();
    }
  }

  count(message) {
    this.sequence += 1;
    this.send({ ...message, sequenceNumber: String(this.sequence), streamSid: this.sid });
  }

  send(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}

function hex(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
