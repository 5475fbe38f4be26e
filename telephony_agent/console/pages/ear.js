// How quickly the caller is answered, and how quickly the agent falls silent; told by levels of 20 ms.

const SPEECH = -40; // dBFS above which a frame of the caller is speech
const AUDIBLE = -50; // dBFS above which a frame of the agent is heard
const STEP = 0.02; // seconds
const PAUSE = 5; // frames without sound after which the agent's next is a new beginning
const BREATH = 15; // frames without sound after which the caller's next is

export class Ear {
  constructor() {
    this.sounded = 0; // seconds of the agent that were heard
    this.agentQuiet = Infinity; // frames since it was last heard
    this.callerQuiet = Infinity;
    this.waiting = false; // the caller has spoken and not been answered
    this.onset = null; // frames since the caller began to speak over the agent
  }

  get agentSpeaks() {
    return this.agentQuiet < PAUSE;
  }

  /** One frame of both. `latency`: seconds, when an answer begins; `silent`: when the agent has fallen silent. */
  feed(caller, agent) {
    const found = {};
    if (this.onset !== null) this.onset += 1;
    if (caller > SPEECH) {
      if (this.callerQuiet >= BREATH && this.agentSpeaks) this.onset = 0;
      this.callerQuiet = 0;
      this.waiting = true;
    } else {
      this.callerQuiet += 1;
    }
    if (agent > AUDIBLE) {
      if (this.waiting && !this.agentSpeaks && this.callerQuiet > 0) {
        found.latency = (this.callerQuiet - 1) * STEP;
        this.waiting = false;
      }
      this.agentQuiet = 0;
      this.sounded += STEP;
    } else {
      this.agentQuiet += 1;
      if (this.agentQuiet === PAUSE && this.onset !== null) {
        found.silent = Math.max(0, this.onset - PAUSE + 1) * STEP;
        this.onset = null;
      }
    }
    return found;
  }
}
