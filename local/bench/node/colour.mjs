// Differences of colours as people see them: CIEDE2000 (G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000
// Color-Difference Formula", 2005, https://hajim.rochester.edu/ece/sites/gsharma/ciede2000/).

const degrees = (angle) => (angle * Math.PI) / 180;
const hue = (a, b) => (a === 0 && b === 0 ? 0 : (Math.atan2(b, a) + 2 * Math.PI) % (2 * Math.PI));
const seventh = (chroma) => Math.sqrt(chroma ** 7 / (chroma ** 7 + 25 ** 7));

/** The mean of two hues, or their sum where one of the colours is gray. */
function meanHue(one, other, isGray) {
  if (isGray) return one + other;
  if (Math.abs(one - other) <= Math.PI) return (one + other) / 2;
  return (one + other + (one + other < 2 * Math.PI ? 2 : -2) * Math.PI) / 2;
}

/** How far from one hue to the other, the shorter way. */
function turn(one, other) {
  const turned = other - one;
  if (Math.abs(turned) <= Math.PI) return turned;
  return turned + (turned > 0 ? -2 : 2) * Math.PI;
}

/** The difference of two colours in CIELAB. */
export function deltaE([l1, a1, b1], [l2, a2, b2]) {
  const g = 1 + 0.5 * (1 - seventh((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2));
  const [c1, c2] = [Math.hypot(g * a1, b1), Math.hypot(g * a2, b2)];
  const [h1, h2] = [hue(g * a1, b1), hue(g * a2, b2)];
  const isGray = c1 * c2 === 0;
  const [l, c, h] = [(l1 + l2) / 2, (c1 + c2) / 2, meanHue(h1, h2, isGray)];
  const t =
    1 -
    0.17 * Math.cos(h - degrees(30)) +
    0.24 * Math.cos(2 * h) +
    0.32 * Math.cos(3 * h + degrees(6)) -
    0.2 * Math.cos(4 * h - degrees(63));
  const byLightness = (l2 - l1) / (1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2));
  const byChroma = (c2 - c1) / (1 + 0.045 * c);
  const turned = isGray ? 0 : 2 * Math.sqrt(c1 * c2) * Math.sin(turn(h1, h2) / 2);
  const byHue = turned / (1 + 0.015 * c * t);
  const rotation = degrees(60) * Math.exp(-(((h - degrees(275)) / degrees(25)) ** 2));
  const mixed = -Math.sin(rotation) * 2 * seventh(c) * byChroma * byHue;
  // The sum is below zero by rounding where the colours are next to the same.
  return Math.sqrt(Math.max(0, byLightness ** 2 + byChroma ** 2 + byHue ** 2 + mixed));
}

const LINEAR = Float64Array.from({ length: 256 }, (_, value) => {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});
const cubeRoot = (x) => (x > 216 / 24389 ? Math.cbrt(x) : (24389 / 27 * x + 16) / 116);

/** CIELAB of an sRGB colour, by its own white (D65). */
export function lab(red, green, blue) {
  const [r, g, b] = [LINEAR[red], LINEAR[green], LINEAR[blue]];
  const x = cubeRoot((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = cubeRoot(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = cubeRoot((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** A pixel of RGBA on a gray ground. */
function shown(pixels, at, ground) {
  const alpha = pixels[at + 3] / 255;
  const blend = (channel) => Math.round(pixels[at + channel] * alpha + ground * (1 - alpha));
  return lab(blend(0), blend(1), blend(2));
}

/** The mean difference of two pictures of RGBA, on black or on white, where they differ more. */
export function meanDeltaE(one, other) {
  const means = [0, 255].map((ground) => {
    let sum = 0;
    for (let at = 0; at < one.length; at += 4) {
      const same = [0, 1, 2, 3].every((channel) => one[at + channel] === other[at + channel]);
      sum += same ? 0 : deltaE(shown(one, at, ground), shown(other, at, ground));
    }
    return (sum * 4) / one.length;
  });
  return Math.max(...means);
}
