// How much of the picture one sees: whole, or nearer; dragged, scrolled, or by buttons.

export class View {
  constructor(svg, { width, height }) {
    this.svg = svg;
    this.whole = { x: 0, y: 0, width, height };
    svg.dataset.whole = `${width} ${height}`;
    this.fit();
    svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, this.point(event));
    }, { passive: false });
    svg.addEventListener("pointerdown", (event) => this.grab(event));
  }

  fit() {
    this.set({ ...this.whole });
  }

  set(box) {
    this.box = box;
    this.svg.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
  }

  point(event) {
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
  }

  zoom(by, at = { x: this.box.x + this.box.width / 2, y: this.box.y + this.box.height / 2 }) {
    const width = Math.min(Math.max(this.box.width * by, this.whole.width / 6), this.whole.width);
    const share = width / this.box.width;
    this.set({
      x: at.x - (at.x - this.box.x) * share, y: at.y - (at.y - this.box.y) * share,
      width, height: this.box.height * share,
    });
    if (width === this.whole.width) this.fit();
  }

  grab(event) {
    if (event.button || event.target.closest(".node") || this.box.width >= this.whole.width) return;
    let last = this.point(event);
    const move = (e) => {
      const now = this.point(e);
      this.set({ ...this.box, x: this.box.x - (now.x - last.x), y: this.box.y - (now.y - last.y) });
      last = this.point(e);
    };
    this.svg.setPointerCapture(event.pointerId);
    this.svg.addEventListener("pointermove", move);
    this.svg.addEventListener("pointerup", () => this.svg.removeEventListener("pointermove", move), { once: true });
  }
}
