// The last seconds of both sides, one above the other, as loud as they were.

const SECONDS = 12;
const FRAMES = SECONDS * 50;
const FLOOR = -60; // dBFS

export class Picture {
  constructor(canvas) {
    this.canvas = canvas;
    this.clear();
    const draw = () => {
      if (this.changed) this.draw();
      requestAnimationFrame(draw);
    };
    draw();
  }

  clear() {
    this.frames = [];
    this.changed = true;
  }

  add(caller, agent) {
    this.frames.push([caller, agent]);
    if (this.frames.length > FRAMES) this.frames.shift();
    this.changed = true;
  }

  draw() {
    this.changed = false;
    const { canvas } = this;
    const scale = window.devicePixelRatio || 1;
    const width = (canvas.width = Math.round(canvas.clientWidth * scale));
    const height = (canvas.height = Math.round(canvas.clientHeight * scale));
    const pen = canvas.getContext("2d");
    const style = getComputedStyle(canvas);
    const step = width / FRAMES;
    ["--caller", "--agent"].forEach((colour, side) => {
      const middle = (height * (1 + 2 * side)) / 4;
      pen.fillStyle = style.getPropertyValue(colour);
      pen.fillRect(0, middle - scale / 2, width, scale);
      this.frames.forEach((levels, index) => {
        const size = Math.max(0, 1 - levels[side] / FLOOR) * height * 0.46;
        const x = width - (this.frames.length - index) * step;
        pen.fillRect(x, middle - size / 2, Math.max(1, step * 0.8), size);
      });
    });
  }
}
