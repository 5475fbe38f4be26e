// What both sides say and what the tools do, as a list that grows downwards.

export class Captions {
  constructor(list) {
    this.list = list;
    this.clear();
  }

  clear() {
    this.list.replaceChildren();
    this.open = {}; // whose words are still coming: the line they go to
    this.last = null; // line of the caller that is not yet complete
    this.agents = []; // lines of the agent that are not yet known to be heard
    this.tools = {}; // by name, the lines that wait for an answer
  }

  show(caption) {
    switch (caption.kind) {
      case "said":
        this.said(caption);
        break;
      case "ended":
        this.open.agent = null;
        break;
      case "turn":
        this.turn(caption);
        break;
      case "asked": {
        const shown = Object.entries(caption.arguments).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
        const line = this.add("tool", `${caption.name}(${shown.join(", ")})`);
        (this.tools[caption.name] ??= []).push(line);
        break;
      }
      case "ran": {
        const line = this.tools[caption.name]?.shift() ?? this.add("tool", caption.name);
        const answer = document.createElement("span");
        const value = Object.values(caption.response)[0];
        answer.className = "answer";
        answer.textContent = `${typeof value === "string" ? value : JSON.stringify(value)}  (${Math.round(caption.took * 1000)} ms)`;
        line.append(answer);
        break;
      }
      case "over":
        this.add("note", `The call is over after ${caption.lasted.toFixed(1)} s: ${caption.why}`);
        break;
      case "missed":
        this.add("note", `${caption.captions} captions were left out: this page was too slow.`);
    }
    this.list.scrollTop = this.list.scrollHeight;
  }

  pressed(digit) {
    this.add("caller", `[${digit}]`);
  }

  said({ who, text }) {
    const line = (this.open[who] ??= this.begin(who));
    line.firstChild.textContent = (line.firstChild.textContent + text).trimStart();
    this.open[who === "agent" ? "caller" : "none"] = null;
  }

  begin(who) {
    const line = this.add(who, "");
    if (who === "agent") this.agents.push(line);
    else this.last = line;
    return line;
  }

  /** The whole of a turn; of the agent's, the part that was not heard is shown as such. */
  turn({ who, text, heard }) {
    const line = (who === "agent" ? this.agents.shift() : this.last) ?? this.add(who, "");
    if (this.open[who] === line) this.open[who] = null;
    if (who !== "agent") {
      this.last = null;
      line.firstChild.textContent = text;
      return;
    }
    line.firstChild.textContent = heard.trim();
    const rest = text.startsWith(heard) ? text.slice(heard.length).trim() : "";
    if (!rest) return;
    const unheard = document.createElement("s");
    unheard.textContent = ` ${rest}`;
    unheard.title = "not heard";
    line.append(unheard);
  }

  add(who, text) {
    const line = document.createElement("li");
    const words = document.createElement("span");
    words.textContent = text;
    line.className = who;
    line.append(words);
    this.list.append(line);
    return line;
  }
}
