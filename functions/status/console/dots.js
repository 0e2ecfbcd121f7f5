// Draws in dots, as a press does: the darker, the larger; each ink at an angle of its own.

/**
 * Keeps a canvas drawn in layers, one above the other: `{ ink, angle, tone }`. `tone(u, v, aspect)` is
 * how much of the ink (0 to 1) is at a place from 0 to 1.
 */
export function halftone(canvas, layers, pitch) {
  const draw = () => drawLayers(canvas, layers, pitch);
  const resized = new ResizeObserver(draw);
  resized.observe(canvas);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", draw);
  const stop = () => {
    resized.disconnect();
    scheme.removeEventListener("change", draw);
  };
  return { draw, stop };
}

function drawLayers(canvas, layers, pitch) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (width === 0) return;
  const density = devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(width * density), Math.round(height * density)];
  const context = canvas.getContext("2d");
  context.scale(density, density);
  const style = getComputedStyle(canvas);
  for (const { ink, angle, tone } of layers) {
    context.fillStyle = style.getPropertyValue(ink);
    context.beginPath();
    for (const [x, y] of screen(width, height, pitch, (angle * Math.PI) / 180)) {
      const dark = Math.min(tone(x / width, y / height, width / height), 1);
      if (dark <= 0.01) continue;
      const radius = Math.sqrt(dark) * pitch * 0.62;
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    }
    context.fill();
  }
}

/** The places of the dots: a grid at an angle. */
function* screen(width, height, pitch, angle) {
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const reach = Math.ceil((width + height) / pitch);
  for (let row = -reach; row <= reach; row += 1) {
    for (let column = -reach; column <= reach; column += 1) {
      const x = (column * cos - row * sin) * pitch;
      const y = (column * sin + row * cos) * pitch;
      if (x > -pitch && y > -pitch && x < width + pitch && y < height + pitch) yield [x, y];
    }
  }
}

/** From 0 at `from` to 1 at `to`, without an edge. */
function ramp(value, from, to) {
  const part = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return part * part * (3 - 2 * part);
}

/** A ball on a table in the light: what a product photograph is before there is a product. */
function ball(u, v, aspect) {
  const wide = aspect > 1.2;
  const radius = wide ? 0.33 : 0.19;
  const [x, y] = [
    ((u - (wide ? 0.8 : 0.66)) * aspect) / radius,
    (v - (wide ? 0.47 : 0.26)) / radius,
  ];
  const inside = 1 - x * x - y * y;
  const shadow = 1 - Math.hypot((x - 0.5) / 1.5, (y - 1.03) / 0.19);
  const light = inside > 0 ? -0.5 * x - 0.6 * y + 0.63 * Math.sqrt(inside) : 0;
  return {
    inside: inside > 0,
    light,
    shadow,
    table: ramp(y, 0.62, 1.9) * (wide ? ramp(u, 0.3, 1) : ramp(v, 0.5, 0.4)),
  };
}

export const STILL_LIFE = [
  {
    ink: "--cyan",
    angle: 15,
    tone(u, v, aspect) {
      const { inside, light, table } = ball(u, v, aspect);
      return inside ? 0.9 - light * 0.75 : table * 0.16;
    },
  },
  {
    ink: "--shade",
    angle: 45,
    tone(u, v, aspect) {
      const { inside, light, shadow } = ball(u, v, aspect);
      if (inside) return Math.max(0, 0.62 - light * 1.15);
      return Math.max(0, shadow) * 0.9;
    },
  },
];

/** Parts of a whole from left to right, `[ink, share]`, the rest in small dots; `wave` moves over them. */
export function bandOf(parts, wave = () => 0) {
  const layer = (ink, tone) => ({ ink, angle: 45, tone });
  const of = (place) => (u) => {
    const [from, to] = [0, 1].map((end) =>
      parts.slice(0, place + end).reduce((sum, [, share]) => sum + share, 0),
    );
    return u >= from && u < to ? 0.72 : 0;
  };
  const rest = (u) => (u >= parts.reduce((sum, [, share]) => sum + share, 0) ? 0.06 + wave(u) : 0);
  return [...parts.map(([ink], place) => layer(ink, of(place))), layer("--ink", rest)];
}
