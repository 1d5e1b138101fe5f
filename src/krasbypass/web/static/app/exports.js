// The picture as a file: SVG with its style inside, and PNG drawn from that.

const VARIABLES = [
  "--surface", "--ink", "--muted", "--line", "--open", "--open-fill", "--attenuated",
  "--attenuated-fill", "--closed", "--silent", "--tag", "--tag-fill", "--drug", "--drug-ink", "--frame",
];

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** Return the picture as the text of an SVG file that looks the same anywhere. */
export async function writeSvg(svg, title) {
  const rules = await (await fetch("/static/picture.css")).text();
  const style = getComputedStyle(document.documentElement);
  const values = VARIABLES.map((name) => `${name}:${style.getPropertyValue(name).trim()}`).join(";");
  const copy = svg.cloneNode(true);
  const { width, height } = svg.viewBox.baseVal;
  const [w, h] = svg.dataset.whole?.split(" ") ?? [width, height];
  copy.setAttribute("viewBox", `0 0 ${w} ${h}`);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", w);
  copy.setAttribute("height", h);
  for (const element of [...copy.querySelectorAll("[style*='none']")]) element.remove();
  const css = document.createElementNS(copy.namespaceURI, "style");
  css.textContent = `svg{${values};background:var(--surface)}\n${rules}`;
  const name = document.createElementNS(copy.namespaceURI, "title");
  name.textContent = title;
  copy.prepend(name, css);
  return new XMLSerializer().serializeToString(copy);
}

export async function saveSvg(svg, title, name) {
  save(new Blob([await writeSvg(svg, title)], { type: "image/svg+xml" }), `${name}.svg`);
}

export async function savePng(svg, title, name, scale = 2) {
  const text = await writeSvg(svg, title);
  const [w, h] = svg.dataset.whole.split(" ").map(Number);
  const image = new Image();
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  image.src = url;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: w * scale, height: h * scale });
  const context = canvas.getContext("2d");
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--surface").trim();
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  save(await new Promise((done) => canvas.toBlob(done, "image/png")), `${name}.png`);
}
